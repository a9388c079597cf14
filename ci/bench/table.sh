# Sourced by the benchmarks: medians and the rows of the table.

# median FILE COLUMN
median() {
  awk -v column="$2" '{ print $column }' "$1" | sort -g |
    awk '{ v[NR] = $1 } END { if (NR) printf "%.6f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2; else print "nan" }'
}
# ratio A B, and row WHAT FIGURE RATIO OF
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b + 0 == 0) print "-"; else printf "%.3g", a / b }'; }
row() { printf '%-58s %18s   %8s  %s\n' "$1" "$2" "${3:-}" "${4:-}"; }
