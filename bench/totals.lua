-- Runs once, after the load: what wrk counted, exactly and on one line.
function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  io.write(string.format("totals %d %d %d\n", summary.requests, summary.bytes, failed))
end
