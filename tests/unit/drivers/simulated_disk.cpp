// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/drivers/simulated_disk.hpp"

#include <algorithm>
#include <cstring>

namespace tessera::test {

using namespace virtio_blk;

std::uint32_t SimulatedDisk::serve(const ddk::simulator::Chain& chain) {
  const std::vector<std::byte> in = ddk::simulator::gather(chain.readable);
  std::size_t room = 0;
  for (const auto part : chain.writable) room += part.size();
  if (in.size() < sizeof(Header) || room == 0) {
    complaint = "a request without header or status";
    return 0;
  }
  Header header;
  std::memcpy(&header, in.data(), sizeof header);
  const std::size_t at = header.sector * kUnit;
  std::span<const std::byte> data = std::span(in).subspan(sizeof header);
  std::vector<std::byte> out(room - 1);
  std::uint8_t status = kDone;
  const auto check = [&](std::size_t bytes) {
    largest = std::max(largest, bytes);
    if (at <= content.size() && bytes <= content.size() - at && bytes % kUnit == 0) return true;
    complaint = "outside of the disk";
    status = kFailed;
    return false;
  };
  if (chance(fails)) {
    ++errors;
    status = kFailed;
  } else {
    switch (static_cast<Kind>(header.kind)) {
      case Kind::read:
        if (check(out.size())) std::ranges::copy(std::span(content).subspan(at, out.size()), out.begin());
        break;
      case Kind::write:
        if (check(data.size())) std::ranges::copy(data, content.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case Kind::flush:
        ++flushes;
        durable = content;
        break;
      case Kind::discard: {
        DiscardRange range;
        std::memcpy(&range, data.data(), sizeof range);
        ++discards;
        if (data.size() != sizeof range || (range.sector + range.sectors) * kUnit > content.size()) complaint = "a bad discard";
        else std::ranges::fill(std::span(content).subspan(range.sector * kUnit, range.sectors * kUnit), std::byte{0xdd});
        break;
      }
      default: status = kUnsupported;
    }
  }
  if (chance(odd_status)) status = 77;
  if (!out.empty() && chance(shortens)) {
    // The status is where it belongs; only the count is less.
    std::ranges::fill(out, std::byte{0xee});
    out.push_back(std::byte{status});
    return ddk::simulator::scatter(out, chain.writable) / 2;
  }
  out.push_back(std::byte{status});
  return ddk::simulator::scatter(out, chain.writable);
}

}  // namespace tessera::test
