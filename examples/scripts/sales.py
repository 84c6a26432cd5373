"""What each product brought in, without what came back; printed as JSON."""

import csv
import json
import sys
from collections import defaultdict

sales: dict[str, float] = defaultdict(float)
with open(sys.argv[1], newline="", encoding="utf-8") as file:
    for order in csv.DictReader(file):
        if order["returned"] == "no":
            sales[order["product"]] += int(order["quantity"]) * float(order["price"])
print(json.dumps({product: round(amount, 2) for product, amount in sorted(sales.items())}))
