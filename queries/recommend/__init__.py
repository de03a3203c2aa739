"""What each customer may like next: computed for all of them once a day, answered at once.

`shop`, `model`, `neighbours`, `blend` and `ranking` compute over arrays; `store` and `serving` alone talk to
ClickHouse.
"""
