// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/nvme/data_pointer.hpp"

#include <algorithm>
#include <cstring>

namespace tessera::nvme {

Run first_run(std::span<const ddk::DmaRange> pieces) {
  Run run;
  std::uint64_t end = 0;
  for (const ddk::DmaRange& piece : pieces) {
    const bool joins = end == piece.address || (end % kPage == 0 && piece.address % kPage == 0);
    if (run.pieces > 0 && !joins) break;
    end = piece.address + piece.bytes;
    run.bytes += piece.bytes;
    ++run.pieces;
  }
  return run;
}

void point_to(Command& command, std::span<const ddk::DmaRange> run, const ddk::DmaRegion& list) {
  std::size_t count = 0;
  std::uint64_t end = 0;
  // The first goes into the command; of the others the first one, too, as long as it is alone.
  const auto add = [&](std::uint64_t address) {
    if (count == 0) {
      command.data1 = address;
    } else {
      std::memcpy(list.bytes().subspan((count - 1) * sizeof address, sizeof address).data(), &address, sizeof address);
      command.data2 = count == 1 ? address : list.address();
    }
    ++count;
  };
  for (const ddk::DmaRange& piece : run) {
    const std::uint64_t piece_end = piece.address + piece.bytes;
    // The page where one piece ends and the next goes on is named already.
    std::uint64_t at = count > 0 && end == piece.address ? std::min(piece_end, (end + kPage - 1) / kPage * kPage) : piece.address;
    while (at < piece_end) {
      add(at);
      at = (at / kPage + 1) * kPage;
    }
    end = piece_end;
  }
}

}  // namespace tessera::nvme
