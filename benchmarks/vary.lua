-- Makes each request of wrk another one, by a comment that ends the query, so that no server can answer from a cache.
-- Arguments: what to set before the number ("" repeats one request as it is), and the Accept header.
local number = 0
local prefix, accept

function init(arguments)
  math.randomseed(os.time())
  prefix = arguments[1] or ""
  accept = arguments[2] or "*/*"
  number = math.random(1000000000)
  wrk.headers["Accept"] = accept
end

function request()
  if prefix == "" then
    return wrk.format(nil, nil)
  end
  number = number + 1
  return wrk.format(nil, wrk.path .. prefix .. number)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "microseconds": %d, "median": %.1f, "p95": %.1f, "p99": %.1f, "refused": %d, "broken": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
