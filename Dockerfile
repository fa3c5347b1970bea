# The site as one small image. Build: docker build -t clinic .
# Run: docker run --read-only --tmpfs /tmp -v clinic-data:/data -p 8000:8000 \
#   -e SITE_URL=https://www.example.org -e TRUSTED_PROXIES=1 clinic

FROM python:3.12-slim AS packages
COPY requirements.txt requirements-scale.txt /
RUN python -m venv /packages \
    && /packages/bin/pip install --no-cache-dir --require-hashes -r /requirements.txt -r /requirements-scale.txt

FROM python:3.12-slim AS static
COPY --from=packages /packages /packages
COPY . /site
WORKDIR /site
# What `serve` would otherwise do at its first start. The key lives and dies with this stage.
RUN DATA_DIR=/tmp/build /packages/bin/python manage.py build_static \
    && /packages/bin/python -m compileall -q clinic_site treatments

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /data clinic && install -d -o clinic -g clinic /data
COPY --from=packages /packages /packages
COPY --from=static /site /site
WORKDIR /site
USER clinic
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=3s --start-period=20s \
    CMD ["/packages/bin/python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=2)"]
CMD ["/packages/bin/python", "manage.py", "serve"]
