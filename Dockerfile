# The daemon and the viewer in one image: exact versions with hashes, no root, no compiler, no installer, and nothing but
# /data is written. The base is named by its tag; to pin what the tag means today, write its digest after it
# (`docker buildx imagetools inspect python:3.13-slim-trixie` prints it).

# What builds the wheel, and what installs it, stays behind in this stage.
FROM python:3.13-slim-trixie AS build
WORKDIR /build
COPY requirements.txt requirements-dev.txt ./
RUN python -m venv --without-pip /opt/monitor \
 && pip --python /opt/monitor/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt \
 && pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-dev.txt
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY config config
COPY storage storage
RUN python -m hatchling build -t wheel -d dist && pip --python /opt/monitor/bin/python install --no-cache-dir --no-deps dist/*.whl

FROM python:3.13-slim-trixie
# Neither an installer nor a program that lends its owner's rights is left to who breaks in.
RUN groupadd --gid 10001 monitor \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin monitor \
 && install -d -m 0700 -o monitor -g monitor /data \
 && python -m pip uninstall --yes --no-cache-dir --root-user-action ignore pip \
 && rm -rf /usr/local/lib/python3.13/ensurepip /root/.cache \
 && find / -xdev -type f -perm /6000 -exec chmod a-s {} +
COPY --from=build /opt/monitor /opt/monitor
USER 10001:10001
ENV PATH=/opt/monitor/bin:$PATH XDG_DATA_HOME=/data PYTHONDONTWRITEBYTECODE=1
VOLUME /data
WORKDIR /data
# Whether the daemon lives; the viewer has a check of its own in docker-compose.yml.
HEALTHCHECK --interval=30s --timeout=20s --start-period=5m --retries=3 CMD ["layoff-monitor", "check", "--alive"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["layoff-monitor"]
CMD ["run"]
