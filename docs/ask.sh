# Two shell functions for the commands in these pages; they need curl and python3.
#
#   . docs/ask.sh
#   ask 'query { viewer { id } }'                       prints the answer
#   ask 'query ($id: ID!) { ... }' '{"id": "..."}'      with variables
#   ask '...' | pick data.viewer.id                     prints one value of it
#
# GRAPH is the address of the graph, TOKEN the bearer token of the user who asks; `demo` asks if there is none.

GRAPH=${GRAPH:-http://127.0.0.1:8000/graphql}
TOKEN=${TOKEN:-$(make -s token USER=demo)}

ask() {
  python3 -c 'import json, sys
variables = json.loads(sys.argv[2]) if len(sys.argv) > 2 else {}
print(json.dumps({"query": sys.argv[1], "variables": variables}))' "$@" |
    curl -sS "$GRAPH" -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' --data-binary @- |
    python3 -c 'import json, sys
answer = json.load(sys.stdin)
answer.pop("extensions", None)
print(json.dumps(answer, indent=2, ensure_ascii=False))'
}

pick() {
  python3 -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."):
    value = value[int(key)] if isinstance(value, list) else value[key]
print(value if isinstance(value, str) else json.dumps(value))' "$1"
}
