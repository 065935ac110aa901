"""What Redis does with budgets, each in one step (Lua, as Redis has it)."""

# Times are milliseconds with fractions, by Redis's clock. A window whose step is 0 is a list of moments, the
# latest first; of another, a hash of the amounts used in each step.
_CLOCK = """
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + time[2] / 1000
end

local function use(key, span, step, now, amount)
  if step == 0 then
    redis.call('LPUSH', key, string.format('%.3f', now))
  else
    redis.call('HINCRBY', key, string.format('%.0f', math.floor(now / step)), amount)
  end
  redis.call('PEXPIRE', key, math.ceil(span + step) + 1)
end
"""

TAKE = (
    _CLOCK
    + """
local function wait_of_list(key, amount, span, now)
  redis.call('LTRIM', key, 0, amount - 1)
  local oldest = redis.call('LINDEX', key, amount - 1)
  return oldest and oldest + span + 1 - now or 0
end

local function wait_of_steps(key, amount, span, step, now)
  local steps, used, wait = {}, 0, 0
  local stored = redis.call('HGETALL', key)
  for at = 1, #stored, 2 do
    local leaves = (stored[at] + 1) * step + span + 1
    if leaves <= now then
      redis.call('HDEL', key, stored[at])
    else
      used = used + stored[at + 1]
      table.insert(steps, {leaves, tonumber(stored[at + 1])})
    end
  end
  table.sort(steps, function(one, other) return one[1] < other[1] end)
  for _, each in ipairs(steps) do
    if used < amount then break end
    used, wait = used - each[2], each[1] - now
  end
  return wait
end

local now = clock()
local wait = redis.call('PTTL', KEYS[1])
for at = 2, #KEYS do
  local amount, span, step = tonumber(ARGV[4 * at - 6]), tonumber(ARGV[4 * at - 5]), tonumber(ARGV[4 * at - 4])
  if step == 0 then
    wait = math.max(wait, wait_of_list(KEYS[at], amount, span, now))
  else
    wait = math.max(wait, wait_of_steps(KEYS[at], amount, span, step, now))
  end
end
if wait > 0 then return math.ceil(wait) end
for at = 2, #KEYS do
  if ARGV[4 * at - 7] == 'requests' then
    use(KEYS[at], tonumber(ARGV[4 * at - 5]), tonumber(ARGV[4 * at - 4]), now, 1)
  end
end
return 0
"""
)

SPEND = (
    _CLOCK
    + """
for at = 2, #KEYS do
  use(KEYS[at], tonumber(ARGV[2 * at - 2]), tonumber(ARGV[2 * at - 1]), clock(), ARGV[1])
end
return 0
"""
)

PAUSE = """
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
end
return 0
"""

# A bucket is a hash of its level and of when that was. What it holds runs out in a minute; while a process was
# without Redis more may have been poured in than it holds, and counts as full.
POUR = """
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local bucket = redis.call('HMGET', KEYS[1], 'level', 'at')
local holds = tonumber(ARGV[2])
local level = tonumber(bucket[1] or 0) - (now - tonumber(bucket[2] or now)) * holds / 60000
level = math.min(math.max(level, 0) + tonumber(ARGV[1]), holds)
redis.call('HSET', KEYS[1], 'level', string.format('%.3f', level), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], 61000)
return string.format('%.3f', level)
"""
