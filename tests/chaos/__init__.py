"""The whole stack at a set rate under a seeded schedule of faults, and the account afterwards.

`python -m tests.chaos --minutes 5 --seed 1`: the same seed is the same schedule.
"""
