-- Tables, closures and strings: a small interpreter's heap with its collector. Seed 1.
local state = 1
local function draw(n)
    state = (state * 1103515245 + 12345) % 2147483648
    return (state // 65536) % n + 1
end
local function tree(depth)
    if depth == 0 then return { draw(100) } end
    return { tree(depth - 1), tree(depth - 1), name = "node" .. depth .. "-" .. draw(1000) }
end
local function sum(node)
    if not node[2] then return node[1] end
    return sum(node[1]) + sum(node[2])
end
local kept, total = {}, 0
for round = 1, 160 do
    kept[draw(12)] = tree(10)
    local parts = {}
    for i = 1, 600 do
        local step = draw(50)
        local f = function(x) return x + step + round end
        parts[#parts + 1] = tostring(f(i)) .. ":" .. string.rep("x", draw(60))
    end
    local text = table.concat(parts, ",")
    for word in text:gmatch("[^,]+") do total = total + #word end
    for _, t in pairs(kept) do total = total + sum(t) % 7 end
end
print(total)
