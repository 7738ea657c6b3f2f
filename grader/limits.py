"""What one grading may use. Every limit has its own verdict (see `grader.results.Verdict`)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds for the candidate's whole process tree, over all the tests of one grading.

    wall_seconds   by the parent's clock, importing the submission included; Time Limit Exceeded
    cpu_seconds    user and system time of all processes; Time Limit Exceeded
    memory_mb      memory of its own, on top of what PyTorch shares with every grading; Memory Limit Exceeded
    gpu_memory_mb  memory of a GPU of its own, where it runs on one; Memory Limit Exceeded, with the detail GPU
    output_kb      standard output and standard error together; Output Limit Exceeded
    processes      processes and threads alive at once; starting one more fails, usually a Runtime Error
    scratch_mb     files under /tmp and /dev/shm, each; Output Limit Exceeded
    file_mb        the largest single file; Output Limit Exceeded
    """

    wall_seconds: float = 10.0
    cpu_seconds: float = 20.0
    memory_mb: int = 512
    gpu_memory_mb: int = 4096
    output_kb: int = 64
    processes: int = 64
    scratch_mb: int = 64
    file_mb: int = 64
