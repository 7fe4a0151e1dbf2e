# SPDX-License-Identifier: Apache-2.0
# Lua.
lua5.4 -e 'print(_VERSION, 7 // 2, 1 << 40, ("x"):rep(3, "-"))'
lua5.4 - <<'END'
local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1009 end table.sort(t) print(t[1], t[1000])
local co = coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end) print(co(), co(), co())
local f = io.popen("echo from a pipe") print(f:read("a")) f:close()
print(os.execute("exit 3")) print(pcall(error, "said")) print(string.format("%q %5.2f", "a\n", 2.5))
END
lua5.4 -e 'error("x")' ; echo "status $?"
