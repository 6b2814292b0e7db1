-- Posts one body again and again, and tells in the end how long answers took, in microseconds.
local body = assert(io.open(os.getenv("BODY"), "r"))
wrk.method, wrk.body = "POST", body:read("*a")
wrk.headers["Content-Type"] = "application/json"
body:close()

function done(summary, latency, requests)
  io.write(string.format("told %d %d %d %d %d\n", latency:percentile(50), latency:percentile(90),
    latency:percentile(99), summary.requests * 1e6 / summary.duration, summary.errors.status))
end
