#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Records an HTTP transfer: curl fetches 96,000 bytes, which Python's http.server writes in 40 pieces over 0.8 s.
# Usage: tests/record/http.sh [FILE]
here=$(dirname "$0")
file=$(realpath "${1:-$here/../../scenarios/http.pcap}")
. "$here/two-hosts.sh"

two_hosts
cat >"$work/server.py" <<'PY'
import http.server, sys, time

PIECES, PIECE = 40, 2400

class Paced(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(PIECES * PIECE))
        self.end_headers()
        for piece in range(PIECES):
            line = "piece %02d of a paced transfer, " % piece
            self.wfile.write((line * PIECE)[:PIECE].encode())
            time.sleep(0.02)

    def log_message(self, *args):
        pass

http.server.HTTPServer((sys.argv[1], 80), Paced).serve_forever()
PY
background ip netns exec "$server" python3 "$work/server.py" "$server_ip4"
until in_server ss -ltn 2>/dev/null | grep -q ':80 '; do sleep 0.1; done
capture "$file" "arp or tcp port 80"
in_client timeout 30 curl -s -o "$work/body" "http://$server_ip4/paced.txt"
stop_capture
test "$(wc -c <"$work/body")" = 96000
