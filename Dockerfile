# The daemon and the viewer in one image: exact versions with hashes, no root, nothing but the store is written.
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 monitor && mkdir /data && chown monitor /data
WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
COPY config config
COPY storage storage
RUN pip install --no-cache-dir --no-deps .

USER monitor
ENV XDG_DATA_HOME=/data PYTHONDONTWRITEBYTECODE=1
VOLUME /data
ENTRYPOINT ["layoff-monitor"]
CMD ["run"]
