"""What the assistant knows, and how to find it."""

import os

# numpy's and torch's threads fight over the same cores: one hybrid search took ten times as long with both.
# It must be set before numpy is imported the first time, so it stands here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Nothing is fetched from a model hub while we run; a hub name in ANNEXA_ENCODER needs HF_HUB_OFFLINE=0.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
