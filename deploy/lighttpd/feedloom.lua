-- What the settings of lighttpd alone cannot do for feeds. Save it as /etc/lighttpd/feedloom.lua; the settings say how to use it.

local request = lighty.r

-- lighttpd itself sends codings that a client refuses with q=0.
local accepted = request.req_header["Accept-Encoding"]
if accepted then
  local kept = {}
  for coding in accepted:gmatch("[^,]+") do
    if not coding:match(";%s*[qQ]=0%.?0*%s*$") then
      kept[#kept + 1] = coding
    end
  end
  request.req_header["Accept-Encoding"] = table.concat(kept, ",")
end

-- Readers and hubs find the feed's own address in the header Link. It is taken from the address as it was sent, still encoded.
local base = "/feeds/"
local formats = { atom = true, rss = true, json = true }
local also = {
}
local address = request.req_attr["request.orig-uri"]:match("^[^?#]*")
if address:sub(1, #base) == base then
  local path = address:sub(#base + 1)
  local feed = also[path] or (path ~= "catalog.json" and formats[path:match("%.(%a+)$") or ""] and path)
  if feed then
    request.resp_header["Link"] = "<https://example.com/feeds/" .. feed .. '>; rel="self"'
  end
end
return 0
