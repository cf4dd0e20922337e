#!lua name=usher
-- Usher's functions for the store that several hosts share: Valkey or Redis, 7.0 or newer.
--
-- Each is called as FCALL usher_NAME 1 PREFIX EPOCH ARGUMENT... with PREFIX `usher:{NAME}:`, which puts all keys into
-- one slot. Digests and members are 16 raw bytes, tags 8. What a call does is atomic. Words in capitals are errors.
--
--   root       hash: v, epoch, o (the epoch's ordinal), n (newest number of the stream), run (which run of the server
--              opened the epoch), lease (ms), check (of the cluster key), min (all have acknowledged), whole (older
--              epochs are complete), all (nobody has still to come from them), until (latest end of a session), to and
--              tn (newest entry that was trimmed), at (where trim goes on)
--   members    hash: member -> number of its last beat I8, number of its join I8, state B, name
--   acks       sorted set: member by the number that it has acknowledged
--   s          stream: entries with the id ORDINAL-NUMBER and one field b
--   waits, w:MEMBER   sorted set and stream: who waits for which number, and its bell
--   from, need:EPOCH, here:EPOCH   older epochs that are complete (1), also with nobody who has still to come (2), or
--              not (0); hosts that must come; that came
--   born, came   hashes: older epoch -> its ordinal; host -> the ordinal of the older epoch that it brought
--   t:DIGEST   a session: a record L; an end X, or X with the note of a move that is known to be lost; or V where a
--              newer record is known to be lost
--   u:BUCKET   hash: the sessions of a user in a realm, tag -> digest; g: the number of the last end of all of them
--   r:REALM    the number of the last end of everybody in a realm
--   c:NAME     a claim
--
-- A number of an older epoch is less than any number of a newer one. A stamp is an ordinal I8 and a number I8.
--
-- The era of a record is the ordinal of the epoch that wrote it, or in which its sender told it again. Of two records
-- of a session the one of the later era is the newer, and of one era the one of the higher version:
-- `epochBeforeVersion`.

-- state, key, 0, seen, idle, absolute, version, era, ordinal and number of the put, bucket, realm, tag; what follows is
-- sealed, and begins with a nonce that tells two records of one version apart.
local RECORD = '>c1BI2I4I4I4I8I8I8I8I4I4c8'
local HEAD, NONCE = 64, 80
local LOST, CHANGE = '>I8I8', '>c16I8I8c8I4'
local STAMP, MARK = '>I8I8', 17
local NONE = '\0\0\0\0\0\0\0\0'
local DAY, GRACE, SLACK, CHUNK, LISTED = 86400, 60, 120, 500, 65536
local ENDED, MOVED, CHANGED, USER, JOINED, LEFT, OPENED, REALM = 1, 2, 3, 4, 5, 6, 7, 8
local EVICTED, RESTORED = 2, 3
-- One more with each change of this library: usher-link replaces an older edition, and never a newer one.
local EDITION = 7

-- The first word is the error's name; a text without a second word would get another one from the server.
local function bad(text) return redis.error_reply(text) end

local function now() return tonumber(redis.call('TIME')[1]) end

local function bucket(p, b) return p .. 'u:' .. string.format('%08x', b) end

local function place(p, r) return p .. 'r:' .. string.format('%08x', r) end

-- Another process, or this one after it was a replica, is another run. The process is asked once: this Lua state is
-- its own.
local process
local function run()
    process = process or string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
    return process .. string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
end

local function head(record)
    local state, key, _, seen, idle, absolute, version, era, o, n, b, r, tag = struct.unpack(RECORD, record)
    return {state = state, key = key, seen = seen, idle = idle, absolute = absolute, version = version, era = era,
        o = o, n = n, b = b, r = r, tag = tag}
end

-- The record with another head; its sealed part is the caller's.
local function with(h, record)
    return struct.pack(RECORD, 'L', h.key, 0, h.seen, h.idle, h.absolute, h.version, h.era, h.o, h.n, h.b, h.r,
        h.tag) .. string.sub(record, HEAD + 1)
end

local function nonce(record) return string.sub(record, HEAD + 1, HEAD + 8) end

-- The version, era and nonce of what a placeholder stands for.
local function gone(raw)
    local version, era = struct.unpack(LOST, string.sub(raw, 2))
    return {version = version, era = era}, string.sub(raw, 18)
end

-- Whether a record is newer than another.
local function newer(h, than)
    if h.era ~= than.era then return h.era > than.era end
    return h.version > than.version
end

-- The version and era of what stands under a digest, or is known to be lost.
local function edition(raw)
    local state = raw and string.sub(raw, 1, 1)
    return state == 'L' and head(raw) or state == 'V' and gone(raw) or {version = 0, era = 0}
end

-- Whether a move is older than a record of its token: `moveYieldsToNewer`. Its note has the new digest, and version and
-- era of the record that it was made from.
local function outdated(note, h)
    local version, era = struct.unpack(LOST, string.sub(note, 17))
    return newer(h, {version = version, era = era})
end

local function above(stamp, o, n)
    if not stamp then return false end
    local so, sn = struct.unpack(STAMP, stamp)
    return so > o or so == o and sn > n
end

-- Whether all sessions of the user, or of everybody in the realm, of a record were ended after a number.
local function outlived(p, h, o, n)
    return above(redis.call('HGET', bucket(p, h.b), 'g'), o, n) or above(redis.call('GET', place(p, h.r)), o, n)
end

local function append(p, root, kind, body)
    root.n = redis.call('HINCRBY', p .. 'root', 'n', 1)
    redis.call('XADD', p .. 's', string.format('%.0f-%.0f', root.o, root.n), 'b', struct.pack('>B', kind) .. body)
    return root.n
end

local function waits(p, root, member, n)
    if n > root.min then redis.call('ZADD', p .. 'waits', n, member .. n) end
    return n
end

-- What stands under a digest: 'L', record, head; 'X', tombstone; 'V', placeholder; '' where there is nothing. A
-- record counts as ended where its user, everybody in its realm, or its tag were ended after it was put.
local function look(p, digest)
    local record = redis.call('GET', p .. 't:' .. digest)
    if not record then return '' end
    local state = string.sub(record, 1, 1)
    if state ~= 'L' then return state, record end
    local h = head(record)
    if outlived(p, h, h.o, h.n) or redis.call('EXISTS', p .. 't:' .. NONE .. h.tag) == 1 then
        return 'X', nil, h
    end
    return 'L', record, h
end

local function unindex(p, b, tag, digest)
    if redis.call('HGET', bucket(p, b), tag) == digest then redis.call('HDEL', bucket(p, b), tag) end
end

local function tombstone(p, root, digest, n, absolute, lost)
    local mark = 'X' .. struct.pack(STAMP, root.o, n) .. (lost or '')
    redis.call('SET', p .. 't:' .. digest, mark, 'EXAT', absolute + GRACE)
end

-- The number of the entry by which a tombstone of this epoch came to be.
local function told(root, mark)
    if not mark or string.sub(mark, 1, 1) ~= 'X' then return nil end
    local o, n = struct.unpack(STAMP, string.sub(mark, 2))
    return o == root.o and n or nil
end

local function lasts(p, root, absolute)
    if absolute > root['until'] then redis.call('HSET', p .. 'root', 'until', absolute) end
end

local function index(p, h, digest)
    local u = bucket(p, h.b)
    redis.call('HSET', u, h.tag, digest)
    if redis.call('EXPIRETIME', u) < h.absolute + GRACE then redis.call('EXPIREAT', u, h.absolute + GRACE) end
end

local function expires(h, at) return math.max(1, math.min(at + h.idle + SLACK, h.absolute)) end

-- Puts a record under its digest and into the index. It was last used at a second AT.
local function keep(p, root, digest, h, record, at)
    redis.call('SET', p .. 't:' .. digest, with(h, record), 'EXAT', expires(h, at))
    index(p, h, digest)
    lasts(p, root, h.absolute)
end

-- A record of an older epoch is neither given out nor changed before that epoch is complete: `fetchWhenComplete`,
-- `changeWhenComplete`.
local function doubtful(root, h) return h.o < root.o and root.whole ~= '1' end

-- Entries that say which session ended.
local function ends(p, root, kind, digest, h, reason, note)
    return append(p, root, kind, struct.pack('>c16c8I4I4B', digest, h.tag, h.b, h.absolute, reason) .. note)
end

-- Whether a host that the older epoch needs has not come. One that has brought a still older epoch has had its memory
-- all the while, and has told what it knows.
local function lacks(p, old, need, here)
    local born = tonumber(redis.call('HGET', p .. 'born', old) or '0')
    for _, m in ipairs(redis.call('SDIFF', need, here)) do
        if tonumber(redis.call('HGET', p .. 'came', m) or math.huge) >= born then return true end
    end
    return false
end

-- Notes how far an older epoch is: complete (1), or also with nobody who has still to come (2).
local function finished(p, old, state)
    if tonumber(redis.call('HGET', p .. 'from', old) or '0') < state then redis.call('HSET', p .. 'from', old, state) end
end

-- An older epoch is complete once a host that is sure has come, or all that are needed have: `onlySureCompletes`. ->
-- 0 if one is not, 1 if all are, 2 if nobody has still to come either
local function complete(p, root)
    local all, least = redis.call('HGETALL', p .. 'from'), 2
    for i = 1, #all, 2 do
        local need, here = p .. 'need:' .. all[i], p .. 'here:' .. all[i]
        local state = tonumber(all[i + 1])
        if state < 2 and redis.call('EXISTS', here, need) > 0 and not lacks(p, all[i], need, here) then
            state = 2
            finished(p, all[i], state)
        end
        least = math.min(least, state)
        local e = math.max(root['until'], now()) + DAY
        for _, key in ipairs({p .. 'from', p .. 'born', p .. 'came', need, here}) do redis.call('EXPIREAT', key, e) end
    end
    redis.call('HSET', p .. 'root', 'whole', math.min(least, 1), 'all', math.max(least - 1, 0))
    return least
end

-- hello: -> {v, epoch, ordinal, run that opened it, lease, check, this run, n, to, tn, seconds, microseconds,
-- eviction policy}
local function hello(p)
    local answer = redis.call('HMGET', p .. 'root', 'v', 'epoch', 'o', 'run', 'lease', 'check')
    local n = redis.call('HMGET', p .. 'root', 'n', 'to', 'tn')
    for i = 1, 6 do answer[i] = answer[i] or '' end
    local time = redis.call('TIME')
    for _, value in ipairs({run(), n[1] or '0', n[2] or '0', n[3] or '0', time[1], time[2],
        string.match(redis.call('INFO', 'memory'), 'maxmemory_policy:(%S+)')}) do
        answer[#answer + 1] = value
    end
    return answer
end

-- probe: a write for WAIT to confirm. Once it has, no older primary can confirm anything.
local function probe(p) return redis.call('HINCRBY', p .. 'root', 'probes', 1) end

-- open OLD ORDINAL NEW LEASE CHECK: opens a new epoch on a run of the store that nobody has opened. OLD is the epoch
-- that hello told, ORDINAL the greatest that the caller knows of. Only one caller succeeds. -> {ordinal, n}
local function open(p, _, a)
    local old, new = a[1], a[3]
    local root = redis.call('HMGET', p .. 'root', 'epoch', 'run', 'o', 'until')
    if (root[1] or '') ~= old or root[2] == run() or new == old then return bad('EPOCH ' .. (root[1] or '')) end
    -- By the clock as well: of two lines of epochs that know nothing of each other, the later one must have the
    -- greater ordinal.
    local time = redis.call('TIME')
    local o = math.max(tonumber(root[3] or '0') + 1, a[2] + 1, time[1] * 1000 + math.floor(time[2] / 1000))
    local fresh = {o = o, n = 0, ['until'] = tonumber(root[4] or '0')}
    redis.call('HSET', p .. 'root', 'v', 1, 'epoch', new, 'o', string.format('%.0f', o), 'n', 0, 'run', run(),
        'lease', a[4], 'check', a[5], 'min', 0, 'until', fresh['until'])
    if old ~= '' then
        redis.call('HSETNX', p .. 'from', old, 0)
        redis.call('HSET', p .. 'born', old, root[3] or 0)
        for _, m in ipairs(redis.call('HKEYS', p .. 'members')) do redis.call('SADD', p .. 'need:' .. old, m) end
    end
    redis.call('DEL', p .. 'members', p .. 'acks', p .. 'waits', p .. 'came')
    complete(p, fresh)
    return {o, append(p, fresh, OPENED, new)}
end

-- A host that is sure has come from an epoch of ORDINAL: nobody has answered an end in a later epoch, whose fence would
-- have outlasted its lease. So one that nobody is known to have been a member of is complete.
local function passed(p, ordinal)
    for _, e in ipairs(redis.call('HKEYS', p .. 'from')) do
        if tonumber(redis.call('HGET', p .. 'born', e) or '0') > ordinal
            and redis.call('EXISTS', p .. 'need:' .. e, p .. 'here:' .. e) == 0 then
            finished(p, e, 1)
        end
    end
end

-- join MEMBER NUMBER ACKED NAME OLD ORDINAL SURE VIEW...: enters a host that has read the stream up to ACKED. One
-- with memory of an older epoch says which and its ordinal, whether its lease is unbroken, whom it last knew as
-- members, and which older epochs were complete there; it has restored what it knows before. BEHIND: its memory is not
-- of an older epoch, so it drops it and joins without. -> {n, OLD is complete}
local function join(p, root, a)
    local member, number, old = a[1], a[2], a[5]
    local before = redis.call('HGET', p .. 'members', member)
    -- Two machines have this member's id: `beatOnce`.
    if before and struct.unpack('>I8', before) >= number then return bad('TWICE another host has sent this number') end
    if old ~= '' and old ~= root.epoch then
        if a[6] >= root.o then return bad('BEHIND the memory is not of an older epoch') end
        redis.call('HSETNX', p .. 'from', old, 0)
        for i = 8, #a do
            if #a[i] == 8 then
                finished(p, a[i], 2)
            else
                redis.call('SADD', p .. 'need:' .. old, a[i])
            end
        end
        redis.call('SADD', p .. 'here:' .. old, member)
        redis.call('HSET', p .. 'born', old, string.format('%.0f', a[6]))
        redis.call('HSET', p .. 'came', member, string.format('%.0f', a[6]))
        if a[7] == 1 then
            finished(p, old, 1)
            passed(p, a[6])
        end
        complete(p, root)
    end
    local n = append(p, root, JOINED, member)
    redis.call('HSET', p .. 'members', member, struct.pack('>I8I8B', number, n, 0) .. a[4])
    redis.call('ZADD', p .. 'acks', math.min(a[3], n - 1), member)
    return {n, redis.call('HGET', p .. 'from', old) or ''}
end

local function expel(p, root, member)
    if redis.call('HDEL', p .. 'members', member) == 0 then return 0 end
    redis.call('ZREM', p .. 'acks', member)
    return append(p, root, LEFT, member)
end

-- Notes what all have acknowledged, and rings for those who wait for that.
local function ring(p, root)
    local least = redis.call('ZRANGE', p .. 'acks', 0, 0, 'WITHSCORES')
    local min = tonumber(least[2] or '0')
    if min <= root.min then return root.min end
    redis.call('HSET', p .. 'root', 'min', min)
    for _, waiter in ipairs(redis.call('ZRANGEBYSCORE', p .. 'waits', '-inf', min)) do
        local bell = p .. 'w:' .. string.sub(waiter, 1, 16)
        redis.call('XADD', bell, 'MAXLEN', '~', 8, '*', 'min', min)
        redis.call('EXPIRE', bell, 3600)
    end
    redis.call('ZREMRANGEBYSCORE', p .. 'waits', '-inf', min)
    return min
end

-- beat MEMBER NUMBER ACKED LIST STATE [OUT NUMBER JOINED]...: acknowledges the stream up to ACKED, and expels
-- members whose number and join are still those: `expelIfUnchanged`. The number only grows: a copy of a host is found out by that. ->
-- {granted, n, min, whole, seconds, microseconds, {member, its hash value...} if LIST is 1}
local function beat(p, root, a)
    local member, number = a[1], a[2]
    local own = redis.call('HGET', p .. 'members', member)
    if not own then return bad('EXPELLED not a member') end
    local before, joined = struct.unpack('>I8I8', own)
    if number <= before then return bad('TWICE another host has sent this number') end
    redis.call('HSET', p .. 'members', member, struct.pack('>I8I8B', number, joined, a[5]) .. string.sub(own, 18))
    for i = 6, #a, 3 do
        local other = a[i] ~= member and redis.call('HGET', p .. 'members', a[i])
        if other then
            local beats, since = struct.unpack('>I8I8', other)
            if beats == a[i + 1] and since == a[i + 2] then expel(p, root, a[i]) end
        end
    end
    redis.call('ZADD', p .. 'acks', 'GT', math.min(a[3], root.n), member)
    local min = ring(p, root)
    -- A join must be known to all before it is worth a lease: then each of them will miss the newcomer. What counts is
    -- the number of this join: `joinKnownToAll`, `joinByNumber`.
    local granted = redis.call('ZCOUNT', p .. 'acks', '-inf', string.format('(%.0f', joined)) == 0
    local time = redis.call('TIME')
    local whole = root.whole == '1' and 1 + tonumber(root.all or '0') or 0
    return {granted and 1 or 0, root.n, min, whole, time[1], time[2],
        a[4] == 1 and redis.call('HGETALL', p .. 'members') or {}}
end

-- leave MEMBER: a host that goes by its own will, and takes no memory along. -> n or 0
local function leave(p, root, a)
    local n = expel(p, root, a[1])
    ring(p, root)
    return n
end

-- forget MEMBER: somebody says that a host is gone for good, so nobody waits for it. Empty: that nobody comes back from
-- an older epoch any more. A member is refused: it may have a lease, and beats expel it: `forgetNoMember`. -> {n, whole}
local function forget(p, root, a)
    if redis.call('HEXISTS', p .. 'members', a[1]) == 1 then return bad('CONFLICT it is a member') end
    for _, old in ipairs(redis.call('HKEYS', p .. 'from')) do
        if a[1] == '' then
            finished(p, old, 2)
        else
            redis.call('SREM', p .. 'need:' .. old, a[1])
        end
    end
    return {root.n, complete(p, root)}
end

-- get DIGEST...: -> {n, answer...}: the record, X ended, D of an older epoch that is not complete, or '' absent
local function get(p, root, a)
    local answer = {root.n}
    for i = 1, #a do
        local state, record, h = look(p, a[i])
        if state == 'L' and doubtful(root, h) then record = 'D' end
        answer[i + 1] = state == 'L' and record or state == 'X' and 'X' or root.whole ~= '1' and 'D' or ''
    end
    return answer
end

-- The live sessions of a user, the one that was used longest ago first; dead entries of the index are removed.
local function live(p, b)
    local found, all = {}, redis.call('HGETALL', bucket(p, b))
    for i = 1, #all, 2 do
        if #all[i] == 8 then
            local state, _, h = look(p, all[i + 1])
            if state == 'L' then
                found[#found + 1] = {digest = all[i + 1], h = h}
            elseif state ~= 'V' then
                redis.call('HDEL', bucket(p, b), all[i])
            end
        end
    end
    table.sort(found, function(x, y) return x.h.seen < y.h.seen end)
    return found
end

-- put DIGEST RECORD LIMIT EVICT ORDINAL NUMBER NOTE: a new session. ORDINAL and NUMBER are what the host had taken
-- up when the login began. LIMIT 0: no limit. -> {n, evicted digests...} or CANCELLED, QUOTA, CONFLICT
local function put(p, root, a)
    local digest, h, limit = a[1], head(a[2]), a[3]
    local u = bucket(p, h.b)
    if a[5] ~= root.o or outlived(p, h, a[5], a[6]) then return bad('CANCELLED ended meanwhile') end
    if h.absolute <= now() then return bad('BAD record is over') end
    if redis.call('HEXISTS', u, h.tag) == 1 or redis.call('EXISTS', p .. 't:' .. digest) == 1 then
        return bad('CONFLICT the name is taken')
    end
    local answer = {0}
    if limit > 0 and redis.call('HLEN', u) >= limit then
        local all = live(p, h.b)
        if #all >= limit and a[4] ~= 1 then return bad('QUOTA too many sessions') end
        for i = 1, #all - limit + 1 do
            local n = ends(p, root, ENDED, all[i].digest, all[i].h, EVICTED, a[7])
            tombstone(p, root, all[i].digest, n, all[i].h.absolute)
            unindex(p, h.b, all[i].h.tag, all[i].digest)
            answer[#answer + 1] = all[i].digest
        end
    end
    h.o, h.n, h.era = root.o, root.n, root.o
    keep(p, root, digest, h, a[2], now())
    answer[1] = root.n
    return answer
end

-- Ends the session under a digest, whatever stands there; tag, bucket and end are used where it is not a record. LOST
-- is the note of a move that is known to be lost: the session may go on.
local function finish(p, root, digest, h, reason, note, lost)
    local _, record = look(p, digest)
    local raw = record or redis.call('GET', p .. 't:' .. digest)
    local lived = raw and string.sub(raw, 1, 1) == 'L'
    if lived then h = head(raw) end
    local n
    if lost then n = ends(p, root, MOVED, digest, h, 0, lost) else n = ends(p, root, ENDED, digest, h, reason, note) end
    tombstone(p, root, digest, n, h.absolute, lost)
    unindex(p, h.b, h.tag, digest)
    return n, lived and record and 1 or 0
end

-- Whether a call was sent in the last join of its member. One that was not comes late, from a connection that is gone,
-- and was sent once more since: `callOfThisJoin`.
local function isOfThisJoin(p, member, joined)
    local own = redis.call('HGET', p .. 'members', member)
    return own and struct.unpack('>I8', string.sub(own, 9)) == joined
end

-- end MEMBER JOINED ACKED DIGEST TAG BUCKET ABSOLUTE REASON NOTE: ends a session by its digest, or by its handle where
-- the digest is empty. It is written even for what the store does not have, as a host may: `endWhatIsAbsent`. Once more
-- within an epoch it adds nothing. The caller has ended the session at home, and taken up the stream to ACKED: where
-- that is all there was, it has acknowledged the end of a handle by this call, unless it comes late. -> {n that all must
-- have acknowledged, whether it lived, min, whether the caller has acknowledged n}
local function fin(p, root, a)
    local member, digest, before, counted = a[1], a[4], root.n, 0
    if digest == '' and a[5] == '' then return bad('BAD neither digest nor tag') end
    local h = {tag = a[5] == '' and NONE or a[5], b = a[6], absolute = a[7]}
    local name = digest == '' and NONE .. h.tag or digest
    local mark = redis.call('GET', p .. 't:' .. name)
    local n, lived = told(root, mark), 0
    if n and #mark > MARK then
        -- Who shows a token whose rotation is lost has no other one: nobody puts that rotation back after this.
        n = finish(p, root, name, h, RESTORED, '')
    elseif not n then
        if digest == '' then
            -- The handle stays ended whatever digest the session has by now, also one that a host puts back later.
            local current = redis.call('HGET', bucket(p, h.b), h.tag)
            if current then
                n, lived = finish(p, root, current, h, a[8], a[9])
            else
                n = ends(p, root, ENDED, name, h, a[8], a[9])
            end
            tombstone(p, root, name, n, math.max(h.absolute, root['until']))
            if a[3] >= before and isOfThisJoin(p, member, a[2]) then
                redis.call('ZADD', p .. 'acks', 'GT', n, member)
                root.min, counted = ring(p, root), 1
            end
        else
            n, lived = finish(p, root, digest, h, a[8], a[9])
        end
    end
    return {waits(p, root, member, n), lived, root.min, counted}
end

-- The one session that an end of all leaves alive counts as put with it. One of an epoch that is not complete does not
-- become one of this epoch by that: it may have ended. `spareWhenComplete`
local function spare(p, root, b, tag, o, n)
    local digest = redis.call('HGET', bucket(p, b), tag)
    local state, record, h = '', nil, nil
    if digest then state, record, h = look(p, digest) end
    if state ~= 'L' or o == root.o and doubtful(root, h) then return end
    h.o, h.n = o, n
    redis.call('SET', p .. 't:' .. digest, with(h, record), 'KEEPTTL')
end

local function endsAll(p, root, b, o, n, except, until_, note)
    if except ~= '' then spare(p, root, b, except, o, n) end
    redis.call('HSET', bucket(p, b), 'g', struct.pack(STAMP, o, n))
    redis.call('EXPIREAT', bucket(p, b), math.max(redis.call('EXPIRETIME', bucket(p, b)), until_ + GRACE))
    return struct.pack('>I4I8I8c8I4', b, o, n, except == '' and NONE or except, until_) .. note
end

-- endall MEMBER JOINED BUCKET EXCEPT UNTIL NOTE: ends all sessions of a user in a realm but for one tag. They are ended
-- at once, however many they are; `sweep` removes them. -> {n, min} or EXPELLED
local function endall(p, root, a)
    if not isOfThisJoin(p, a[1], a[2]) then return bad('EXPELLED not of this join') end
    local n = append(p, root, USER, endsAll(p, root, a[3], root.o, root.n + 1, a[4], a[5], a[6]))
    return {waits(p, root, a[1], n), root.min}
end

-- sweep BUCKET CURSOR: removes sessions of a user that have ended, in a piece of the index of about 500. Nothing waits
-- for it: what was not swept goes at its own end. -> next cursor or 0
local function sweep(p, root, a)
    local u = bucket(p, a[1])
    local scan = redis.call('HSCAN', u, string.format('%.0f', a[2]), 'COUNT', CHUNK)
    local all = scan[2]
    for i = 1, #all, 2 do
        if #all[i] == 8 then
            local state, _, h = look(p, all[i + 1])
            -- Whoever ends it again waits until all have the newest entry, so also that of its end.
            if h and state == 'X' then tombstone(p, root, all[i + 1], root.n, h.absolute) end
            if state == 'X' or state == '' then redis.call('HDEL', u, all[i]) end
        end
    end
    return tonumber(scan[1])
end

-- endrealm MEMBER JOINED REALM UNTIL NOTE: ends the sessions of everybody in a realm. -> {n, min} or EXPELLED
local function endrealm(p, root, a)
    if not isOfThisJoin(p, a[1], a[2]) then return bad('EXPELLED not of this join') end
    -- A session may last longer than the caller's longest lifetime, by a configuration of before.
    local till = math.max(a[4], root['until'])
    local n = append(p, root, REALM, struct.pack('>I4I8I8I4', a[3], root.o, root.n + 1, till) .. a[5])
    redis.call('SET', place(p, a[3]), struct.pack(STAMP, root.o, n), 'EXAT', till + GRACE)
    return {waits(p, root, a[1], n), root.min}
end

-- Why a record cannot be changed, where that is so.
local function refusal(root, state, h)
    if state == 'X' then return bad('ENDED the session has ended') end
    if state ~= 'L' and root.whole == '1' then return bad('ABSENT no such session') end
    if state ~= 'L' then return bad('INCOMPLETE an older epoch is not complete') end
    if doubtful(root, h) then return bad('INCOMPLETE an older epoch is not complete') end
    return nil
end

-- Whether a placeholder stands for a record.
local function isLost(raw, h, record)
    local what, mark = gone(raw)
    return h.version == what.version and mark == nonce(record)
end

-- Whether a record may be put back over what stands under its digest. It gets the era of what was lost, if it is that.
local function fits(p, digest, record, h)
    local raw = redis.call('GET', p .. 't:' .. digest)
    local state = raw and string.sub(raw, 1, 1)
    if state == 'X' or redis.call('EXISTS', p .. 't:' .. NONE .. h.tag) == 1 or h.absolute <= now()
        or outlived(p, h, h.o, h.n) then
        return nil
    end
    if state == 'V' then
        local what = gone(raw)
        local is = isLost(raw, h, record)
        if is then h.era = math.max(h.era, what.era) end
        return is or newer(h, what)
    end
    return not raw or newer(h, head(raw))
end

-- The answer of a move that is executed. In a new epoch the end of the old digest is told anew.
local function moved(p, root, a, h)
    local n = told(root, redis.call('GET', p .. 't:' .. a[2]))
    if not n then
        n = ends(p, root, MOVED, a[2], h, 0, a[6])
        tombstone(p, root, a[2], n, h.absolute)
    end
    return {waits(p, root, a[1], n), root.min}
end

-- move MEMBER OLD NEW ERA RECORD NOTE: rotation and re-authentication: the session goes on under a new digest. RECORD
-- has the version, and ERA is the era, of the record that it was made from; it keeps both. Once more with the same
-- record it adds nothing, but in a new epoch the end of the old digest is told anew. Of a move that is known to be lost
-- the sender puts the record back: `moverPutsBack`. -> {n, min} or ENDED, ABSENT, INCOMPLETE, CHANGED
local function move(p, root, a)
    local old, new, h = a[2], a[3], head(a[5])
    local state, before, was = look(p, old)
    local next_, record, h2 = look(p, new)
    if state == 'X' and before and next_ == 'L' and nonce(record) == nonce(a[5]) then
        if doubtful(root, h2) then return bad('INCOMPLETE an older epoch is not complete') end
        return moved(p, root, a, h2)
    end
    if state == 'X' and before and #before > MARK and string.sub(before, MARK + 1) == a[6] then
        if root.whole ~= '1' then return bad('INCOMPLETE an older epoch is not complete') end
        if not fits(p, new, a[5], h) then return bad('ENDED the session has ended') end
        h.era = a[4]
        keep(p, root, new, h, a[5], now())
        return moved(p, root, a, h)
    end
    local err = refusal(root, state, was)
    if err then return err end
    if h.version ~= was.version or a[4] ~= was.era then return bad('CHANGED the store has another version') end
    if h.b ~= was.b or h.r ~= was.r or h.tag ~= was.tag or h.absolute <= now() then return bad('BAD record') end
    if redis.call('EXISTS', p .. 't:' .. new) == 1 then return bad('CONFLICT the name is taken') end
    local n = ends(p, root, MOVED, old, was, 0, a[6])
    tombstone(p, root, old, n, was.absolute)
    h.o, h.n, h.era, h.seen = was.o, was.n, was.era, math.max(h.seen, was.seen)
    keep(p, root, new, h, a[5], now())
    return {waits(p, root, a[1], n), root.min}
end

local function tellChange(p, root, digest, h, record)
    return append(p, root, CHANGED, struct.pack(CHANGE, digest, h.version, root.o, nonce(record), h.absolute))
end

-- change MEMBER DIGEST VERSION ERA RECORD: new data, where the store still has VERSION of ERA, the record that it was
-- made from: `compareVersion`. A record is known by version and nonce: `changeNamesRecord`. Once more with the same
-- record it adds nothing within an epoch, and waits for the newest entry, so also for its own. In a new epoch it is
-- told again, as one of that epoch: `toldAgainIsNew`; so is a record that is known to be lost, which its
-- sender puts back by that: `senderPutsBack`. -> {n, min} or ENDED, ABSENT, INCOMPLETE, CHANGED
local function change(p, root, a)
    local member, digest, from, h = a[1], a[2], {version = a[3], era = a[4]}, head(a[5])
    local state, before, was = look(p, digest)
    if state == 'V' and root.whole == '1' and isLost(before, h, a[5]) then
        if not fits(p, digest, a[5], h) then return bad('ENDED the session has ended') end
        h.era = root.o
        keep(p, root, digest, h, a[5], now())
        return {waits(p, root, member, tellChange(p, root, digest, h, a[5])), root.min}
    end
    local err = refusal(root, state, was)
    if err then return err end
    if h.version ~= from.version + 1 or h.b ~= was.b or h.r ~= was.r or h.tag ~= was.tag or h.idle ~= was.idle
        or h.absolute ~= was.absolute then
        return bad('BAD record')
    end
    local has = was.version == h.version and nonce(before) == nonce(a[5])
    if not has and (was.version ~= from.version or was.era ~= from.era) then
        return bad('CHANGED the store has another version')
    end
    if has and was.era == root.o then return {waits(p, root, member, root.n), root.min} end
    h.seen, h.o, h.n, h.era = math.max(h.seen, was.seen), was.o, was.n, root.o
    redis.call('SET', p .. 't:' .. digest, with(h, a[5]), 'KEEPTTL')
    return {waits(p, root, member, tellChange(p, root, digest, h, a[5])), root.min}
end

-- touch (DIGEST AGE)...: seconds since the last use of sessions. -> {{absent digests}, {ended digests}}
local function touch(p, root, a)
    local absent, ended, t = {}, {}, now()
    for i = 1, #a, 2 do
        local state, record, h = look(p, a[i])
        if state == 'X' then ended[#ended + 1] = a[i] elseif state ~= 'L' then absent[#absent + 1] = a[i]
        elseif t - a[i + 1] > h.seen then
            h.seen = t - a[i + 1]
            redis.call('SET', p .. 't:' .. a[i], with(h, record), 'EXAT', expires(h, h.seen))
        end
    end
    return {absent, ended}
end

-- The digits of a tag: texts are compared by the server's locale.
local function digits(tag) return string.format('%08x%08x', struct.unpack('>I4I4', tag)) end

-- list BUCKET CURSOR AFTER COUNT: a user's sessions: at most COUNT, and none beyond the first that makes LISTED bytes.
-- The index is read place by place from CURSOR on, and each place in the order of its tags, the first one above AFTER.
-- Each session comes with the cursor of its place: a list goes on behind any of them. Nobody has the whole of a large
-- index sorted. A session that is there all the while comes at least once, and again where the index has grown
-- meanwhile. -> {n, cursor to go on with or 0, tag to go on after or empty, (digest, record, cursor)...} or INCOMPLETE
local function list(p, root, a)
    if root.whole ~= '1' then return bad('INCOMPLETE an older epoch is not complete') end
    local u, cursor, after, looked, bytes = bucket(p, a[1]), a[2], a[3] == '' and '' or digits(a[3]), 0, 0
    local answer = {root.n, 0, ''}
    local function full() return #answer >= 3 + 3 * a[4] or bytes >= LISTED or looked >= CHUNK end
    repeat
        local scan, found, names = redis.call('HSCAN', u, string.format('%.0f', cursor), 'COUNT', 1), {}, {}
        for i = 1, #scan[2], 2 do
            local name = #scan[2][i] == 8 and digits(scan[2][i])
            if name and name > after then
                found[name], names[#names + 1] = {tag = scan[2][i], digest = scan[2][i + 1]}, name
            end
        end
        table.sort(names)
        for i, name in ipairs(names) do
            local tag, digest = found[name].tag, found[name].digest
            local state, record = look(p, digest)
            looked = looked + 1
            if state == 'L' then
                answer[#answer + 1], answer[#answer + 2], answer[#answer + 3] = digest, record, cursor
                bytes = bytes + #record
            end
            if i < #names and full() then
                answer[2], answer[3] = cursor, tag
                return answer
            end
        end
        -- A place without sessions counts as well.
        cursor, after, looked = tonumber(scan[1]), '', looked + 1
    until cursor == 0 or full()
    answer[2] = cursor
    return answer
end

-- Forgets where a session went, and tells an end: hosts know of another move of its token, or of a newer record.
local function forgetMove(p, root, digest, absolute)
    finish(p, root, digest, {tag = NONE, b = 0, absolute = absolute}, RESTORED, '')
end

-- restore_ends (DIGEST TAG BUCKET ABSOLUTE MOVE)...: ends that a host knows of from an older epoch. MOVE is the note of
-- the move by which a token ended, where the host knows of nothing else about it, or empty. -> how many the store had
-- lost
local function restoreEnds(p, root, a)
    local lost = 0
    for i = 1, #a, 5 do
        local digest, h, note = a[i], {tag = a[i + 1], b = a[i + 2], absolute = a[i + 3]}, a[i + 4]
        local raw = redis.call('GET', p .. 't:' .. digest)
        if not raw or string.sub(raw, 1, 1) ~= 'X' then
            local current = string.sub(digest, 1, 8) == NONE and redis.call('HGET', bucket(p, h.b), h.tag)
            if current then finish(p, root, current, h, RESTORED, '') end
            -- A host may tell an end by handle that it was answered before it knew how long the session could live.
            if string.sub(digest, 1, 8) == NONE then h.absolute = math.max(h.absolute, root['until']) end
            local goesOn = note ~= '' and not outdated(note, edition(raw))
            finish(p, root, digest, h, RESTORED, '', goesOn and note or nil)
            lost = lost + 1
        elseif #raw > MARK and string.sub(raw, MARK + 1) ~= note then
            forgetMove(p, root, digest, h.absolute)
        end
    end
    return lost
end

-- restore_all (KIND BUCKET ORDINAL NUMBER EXCEPT UNTIL)...: ends of all, of a user (KIND 4) or of a realm (8). ->
-- how many were lost
local function restoreAll(p, root, a)
    local lost = 0
    for i = 1, #a, 6 do
        local kind, b, o, n = a[i], a[i + 1], a[i + 2], a[i + 3]
        local stamp = struct.pack(STAMP, o, n)
        local has
        if kind == USER then has = redis.call('HGET', bucket(p, b), 'g') else has = redis.call('GET', place(p, b)) end
        if not has or above(stamp, struct.unpack(STAMP, has)) then
            if kind == USER then
                append(p, root, USER, endsAll(p, root, b, o, n, a[i + 4], a[i + 5], ''))
            else
                redis.call('SET', place(p, b), stamp, 'EXAT', a[i + 5] + GRACE)
                append(p, root, REALM, struct.pack('>I4I8I8I4', b, o, n, a[i + 5]))
            end
            lost = lost + 1
        end
    end
    return lost
end

-- restore_changes (DIGEST VERSION ERA NONCE ABSOLUTE)...: the newest record that a host knows of. An older one goes,
-- and nothing older is put back. -> how many were lost
local function restoreChanges(p, root, a)
    local count = 0
    for i = 1, #a, 5 do
        local digest, told = a[i], {version = a[i + 1], era = a[i + 2]}
        local raw = redis.call('GET', p .. 't:' .. digest)
        local state = raw and string.sub(raw, 1, 1)
        if state == 'X' then
            if #raw > MARK and outdated(string.sub(raw, MARK + 1), told) then
                forgetMove(p, root, digest, a[i + 4])
            end
        elseif newer(told, edition(raw)) then
            local mark = 'V' .. struct.pack(LOST, told.version, told.era) .. a[i + 3]
            redis.call('SET', p .. 't:' .. digest, mark, 'EXAT', a[i + 4] + GRACE)
            append(p, root, CHANGED, struct.pack(CHANGE, digest, told.version, told.era, a[i + 3], a[i + 4]))
            count = count + 1
        end
    end
    return count
end

-- again (DIGEST RECORD)...: sessions that a host holds and the store has lost, once every older epoch is complete.
-- -> {{digests that are ended}, {digests of which the store has, or knows of, one as new or newer}}
local function again(p, root, a)
    if root.whole ~= '1' then return bad('INCOMPLETE an older epoch is not complete') end
    local ended, kept = {}, {}
    for i = 1, #a, 2 do
        local h = head(a[i + 1])
        local fit = fits(p, a[i], a[i + 1], h)
        if fit then
            keep(p, root, a[i], h, a[i + 1], math.max(h.seen, now() - h.idle))
        elseif fit == nil then
            ended[#ended + 1] = a[i]
        else
            kept[#kept + 1] = a[i]
        end
    end
    return {ended, kept}
end

-- claim NAME MARK UNTIL: takes a name that can be taken once. MARK is that of the epoch in which it was given out, since
-- nobody knows what was taken in another one: `claimWithinEpoch`. Lines of epochs that know nothing of each other may
-- have one ordinal, where the clock was set back: the mark has the lowest 21 bits of the ordinal, and the epoch. -> 1, or
-- 0 where it was taken; CANCELLED
local function claim(p, root, a)
    if a[2] ~= root.o % 2097152 * 4294967296 + tonumber(root.epoch, 16) then return bad('CANCELLED ended meanwhile') end
    if a[3] <= now() then return 0 end
    return redis.call('SET', p .. 'c:' .. a[1], '', 'NX', 'EXAT', a[3]) and 1 or 0
end

-- Until when an entry matters, by the store's clock; nil: to nobody once all have it. The second answer: it ends or
-- changes something.
local function matters(body)
    local kind = string.byte(body, 1)
    if kind == ENDED or kind == MOVED then return struct.unpack('>I4', string.sub(body, 30)), true end
    if kind == CHANGED then return struct.unpack('>I4', string.sub(body, 42)), true end
    if kind == USER then return struct.unpack('>I4', string.sub(body, 30)), true end
    if kind == REALM then return struct.unpack('>I4', string.sub(body, 22)), true end
    return nil, false
end

-- Whether a change matters to nobody who reads the stream: the store has an end of its session, or has or knows of a
-- newer record. The entry that tells of that is in the stream as long as the session may live: `keepNewestChange`. Of
-- a session that the store does not have nobody knows that.
local function superseded(p, body)
    if string.byte(body, 1) ~= CHANGED then return false end
    local digest, version, era = struct.unpack('>c16I8I8', string.sub(body, 2))
    local raw = redis.call('GET', p .. 't:' .. digest)
    if not raw then return false end
    local state = string.sub(raw, 1, 1)
    return state == 'X' or newer(state == 'V' and gone(raw) or head(raw), {version = version, era = era})
end

-- trim COUNT: looks at COUNT entries, from where it ended last, and removes those that no longer matter and that all
-- members have: so no member ever misses one. TO and TN tell a host that comes back whether it has missed what it may
-- not; nobody misses a change that a later entry tells of. -> {removed, to, tn}
local function trim(p, root, a)
    local state = redis.call('HMGET', p .. 'root', 'at', 'to', 'tn')
    local entries = redis.call('XRANGE', p .. 's', state[1] and '(' .. state[1] or '-', '+', 'COUNT', a[1])
    local least = tonumber(redis.call('ZRANGE', p .. 'acks', 0, 0, 'WITHSCORES')[2] or '0')
    local removed, to, tn, t = 0, tonumber(state[2] or '0'), tonumber(state[3] or '0'), now()
    for _, entry in ipairs(entries) do
        local o, n = string.match(entry[1], '^(%d+)-(%d+)$')
        o, n = tonumber(o), tonumber(n)
        local body = entry[2][2]
        local until_, ending = matters(body)
        local over = not until_ or until_ + SLACK < t
        if (o < root.o or n <= least) and (over or superseded(p, body)) then
            redis.call('XDEL', p .. 's', entry[1])
            removed = removed + 1
            if over and ending and (o > to or o == to and n > tn) then to, tn = o, n end
        end
    end
    redis.call('HSET', p .. 'root', 'to', string.format('%.0f', to), 'tn', tn)
    if #entries < a[1] then
        redis.call('HDEL', p .. 'root', 'at')
    else
        redis.call('HSET', p .. 'root', 'at', entries[#entries][1])
    end
    return {removed, to, tn}
end

-- What an argument must be, by a letter: d digest or member, D the same or empty, t tag, T tag or empty, n number, b
-- number of 32 bits, f 0 or 1, e epoch, E epoch or empty, v member or epoch, k kind of an end of all, h nonce, m note
-- of a move or empty, r record, s text.
local function number(value, most)
    if not string.match(value, '^%d+$') or #value > 16 then return nil end
    local n = tonumber(value)
    return n <= most and n or nil
end
local parse = {
    d = function(v) return #v == 16 and v or nil end,
    D = function(v) return (#v == 16 or v == '') and v or nil end,
    t = function(v) return #v == 8 and v or nil end,
    T = function(v) return (#v == 8 or v == '') and v or nil end,
    h = function(v) return #v == 8 and v or nil end,
    m = function(v) return (#v == 32 or v == '') and v or nil end,
    n = function(v) return number(v, 9007199254740991) end,
    b = function(v) return number(v, 4294967295) end,
    c = function(v) local n = number(v, 10000); return n and n > 0 and n or nil end,
    f = function(v) return number(v, 1) end,
    k = function(v) return v == '4' and USER or v == '8' and REALM or nil end,
    e = function(v) return string.match(v, '^%x%x%x%x%x%x%x%x$') end,
    E = function(v) return v == '' and v or string.match(v, '^%x%x%x%x%x%x%x%x$') end,
    v = function(v) return #v == 16 and v or string.match(v, '^%x%x%x%x%x%x%x%x$') end,
    r = function(v) return #v >= NONCE and #v <= 131072 and string.sub(v, 1, 1) == 'L' and v or nil end,
    s = function(v) return #v <= 1024 and v or nil end,
}

-- The epoch must be the caller's, and opened by this run of the server: `strictCalls`.
local function check(p, epoch)
    local r = redis.call('HMGET', p .. 'root', 'epoch', 'o', 'n', 'run', 'min', 'whole', 'all', 'until')
    if r[1] ~= epoch or r[4] ~= run() then return nil end
    return {epoch = r[1], o = tonumber(r[2]), n = tonumber(r[3]), min = tonumber(r[5]), whole = r[6],
        all = r[7], ['until'] = tonumber(r[8])}
end

-- Registers a function with the letters of its arguments, and of those that repeat. Its arguments are all checked
-- before it does anything. None is flagged no-writes: a server that has become a replica must refuse all of them.
-- What makes no new session goes on when memory is full.
local function register(name, strict, first, more, callback)
    local start = strict and 1 or 0
    local function checked(keys, args)
        local count = #args - start - #first
        local whole = more == '' and count == 0 or more ~= '' and count >= 0 and count % #more == 0
        if #keys ~= 1 or #args < start or not whole then return bad('BAD arguments') end
        local values = {}
        for i = 1, #args - start do
            local letter = string.sub(first, i, i)
            if letter == '' then
                local column = (i - #first - 1) % #more + 1
                letter = string.sub(more, column, column)
            end
            values[i] = parse[letter](args[i + start])
            if values[i] == nil then return bad('BAD argument ' .. i + start) end
        end
        local root = strict and check(keys[1], args[1])
        if strict and not root then return bad('EPOCH ' .. (redis.call('HGET', keys[1] .. 'root', 'epoch') or '')) end
        return callback(keys[1], root, values)
    end
    local flags = (name == 'put' or name == 'change') and {} or {'allow-oom'}
    redis.register_function{function_name = 'usher_' .. name, callback = checked, flags = flags}
end

register('edition', false, '', '', function() return EDITION end)
register('hello', false, '', '', hello)
register('probe', false, '', '', probe)
register('open', false, 'Enens', '', open)
register('join', true, 'dnnsEnf', 'v', join)
register('beat', true, 'dnnfb', 'dnn', beat)
register('leave', true, 'd', '', leave)
register('forget', true, 'D', '', forget)
register('get', true, '', 'd', get)
register('put', true, 'drbfnns', '', put)
register('end', true, 'dnnDTbbbs', '', fin)
register('endall', true, 'dnbTbs', '', endall)
register('endrealm', true, 'dnbbs', '', endrealm)
register('sweep', true, 'bn', '', sweep)
register('move', true, 'dddnrs', '', move)
register('change', true, 'ddnnr', '', change)
register('touch', true, '', 'db', touch)
register('list', true, 'bnTc', '', list)
register('restore_ends', true, '', 'dtbbm', restoreEnds)
register('restore_all', true, '', 'kbnnTb', restoreAll)
register('restore_changes', true, '', 'dnnhb', restoreChanges)
register('again', true, '', 'dr', again)
register('claim', true, 'dnb', '', claim)
register('trim', true, 'c', '', trim)
