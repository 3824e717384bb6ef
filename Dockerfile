# The daemon and the viewer in one image: exact versions with hashes, no root, no compiler, nothing but /data is written.
# The base is named by its tag; to pin what the tag means today, write its digest after it (`docker buildx imagetools
# inspect python:3.13-slim-trixie` prints it).

# What builds the wheel stays behind in this stage.
FROM python:3.13-slim-trixie AS build
WORKDIR /build
COPY requirements.txt requirements-dev.txt ./
RUN python -m venv /opt/monitor \
 && /opt/monitor/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt \
 && pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-dev.txt
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY config config
COPY storage storage
RUN python -m hatchling build -t wheel -d dist && /opt/monitor/bin/pip install --no-cache-dir --no-deps dist/*.whl

FROM python:3.13-slim-trixie
RUN groupadd --gid 10001 monitor \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data monitor \
 && install -d -m 0700 -o monitor -g monitor /data
COPY --from=build /opt/monitor /opt/monitor
USER 10001:10001
ENV PATH=/opt/monitor/bin:$PATH XDG_DATA_HOME=/data PYTHONDONTWRITEBYTECODE=1
VOLUME /data
WORKDIR /data
ENTRYPOINT ["layoff-monitor"]
CMD ["run"]
