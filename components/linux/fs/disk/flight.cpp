// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/flight.hpp"

#include <algorithm>
#include <utility>

#include "components/linux/fs/disk/file.hpp"

namespace tessera::lx {

namespace {

// In the order in which they began.
LinkedList<DiskFlight, &DiskFlight::in_air> in_the_air;
std::size_t requests_of_all = 0;

}  // namespace

DiskFlight::DiskFlight(DiskFile& file, Kind kind, std::uint64_t first, std::uint64_t end) : file_(&file), kind_(kind), first_(first), end_(end) {
  in_the_air.append(*this);
  file.took_off(*this);
}

DiskFlight::Request& DiskFlight::add() {
  ++requests_of_all;
  return requests_.emplace_back();
}

bool DiskFlight::full(std::size_t requests) {
  constexpr std::size_t kMostRequests = 64;  // a channel has room for some hundred lists, which other calls use as well
  return requests_of_all != 0 && requests_of_all + requests > kMostRequests;
}

void DiskFlight::make_way(std::size_t requests, Hold hold) {
  while (full(requests)) (void)oldest()->settle(hold);
}

void DiskFlight::settle_written_of(const FileSystem& file_system, Hold hold) {
  std::vector<Ref<DiskFlight>> all;
  for (DiskFlight* flight = in_the_air.first(); flight != nullptr; flight = in_the_air.next(*flight))
    if (flight->kind_ == Kind::written && &flight->file_->file_system() == &file_system) all.emplace_back(flight);
  for (const Ref<DiskFlight>& flight : all) (void)flight->settle(hold);
}

Ref<DiskFlight> DiskFlight::oldest() { return Ref<DiskFlight>(in_the_air.first()); }

Result<void> DiskFlight::settle(Hold hold) {
  const Ref<DiskFlight> keep(this);
  for (Request& request : requests_) {
    if (!file_) break;
    (void)file_->server().wait(request.transfer, hold);
  }
  if (!file_) return outcome_;
  for (Request& request : requests_) {
    const auto done = file_->server().wait(request.transfer);
    if (!done && outcome_) outcome_ = done;
    request.room = {};
  }
  requests_of_all -= requests_.size();
  in_the_air.remove(*this);
  const Ref<DiskFile> file = std::exchange(file_, nullptr);
  file->landed(*this, outcome_);
  return outcome_;
}

}  // namespace tessera::lx
