"""Which share of the orders came back, by shop; printed as JSON."""

import csv
import json
import sys
from collections import Counter

with open(sys.argv[1], newline="", encoding="utf-8") as file:
    orders = list(csv.DictReader(file))
total = Counter(order["shop"] for order in orders)
returned = Counter(order["shop"] for order in orders if order["returned"] == "yes")
print(json.dumps({shop: round(returned[shop] / count, 3) for shop, count in sorted(total.items())}))
