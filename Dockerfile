# The site as one small image. Build: docker build -t clinic .
# Run, behind a proxy on the same machine; a mere -p 8000:8000 would let everybody past it:
#   docker run --read-only --tmpfs /tmp -v clinic-data:/data -p 127.0.0.1:8000:8000 \
#   -e SITE_URL=https://www.example.org clinic

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
RUN useradd --system --uid 10001 --home-dir /data clinic && install -d -m 0700 -o clinic -g clinic /data
COPY --from=packages /packages /packages
COPY --from=static /site /site
WORKDIR /site
# By number: Kubernetes cannot tell whether a name is root.
USER 10001
ENV HOST=0.0.0.0 PORT=8000 DATA_DIR=/data PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=4s --start-period=20s \
    CMD ["/packages/bin/python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/readyz', timeout=3)"]
CMD ["/packages/bin/python", "manage.py", "serve"]
