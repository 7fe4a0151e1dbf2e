// SPDX-License-Identifier: Apache-2.0
#include "components/linux/fs/disk/flight.hpp"

#include <algorithm>
#include <utility>

#include "components/linux/fs/disk/file.hpp"

namespace tessera::lx {

namespace {

// In the order in which they began.
std::vector<Flight*>& in_the_air() {
  static auto* list = new std::vector<Flight*>;
  return *list;
}
std::size_t requests_of_all = 0;

}  // namespace

Flight::Flight(DiskFile& file, Kind kind) : file_(&file), kind_(kind) {
  in_the_air().push_back(this);
  file.took_off(*this);
}

bool Flight::has(std::uint64_t page) const { return next(page) == page; }

std::uint64_t Flight::next(std::uint64_t page) const {
  std::uint64_t found = ~std::uint64_t{0};
  for (const auto& request : requests_)
    if (page < request->first + request->frames.size()) found = std::min(found, std::max(page, request->first));
  return found;
}

Flight::Request& Flight::add() {
  requests_.push_back(std::make_unique<Request>());
  ++requests_of_all;
  return *requests_.back();
}

bool Flight::full(std::size_t requests) {
  constexpr std::size_t kMostRequests = 64;  // a channel has room for some hundred lists, which other calls use as well
  return requests_of_all != 0 && requests_of_all + requests > kMostRequests;
}

void Flight::make_way(std::size_t requests, Hold hold) {
  while (full(requests)) (void)oldest()->settle(hold);
}

void Flight::settle_written_of(const FileSystem& file_system, Hold hold) {
  std::vector<Ref<Flight>> all;
  for (Flight* const flight : in_the_air())
    if (flight->kind_ == Kind::written && &flight->file_->file_system() == &file_system) all.emplace_back(flight);
  for (const Ref<Flight>& flight : all) (void)flight->settle(hold);
}

Ref<Flight> Flight::oldest() { return in_the_air().empty() ? nullptr : Ref<Flight>(in_the_air().front()); }

Result<void> Flight::settle(Hold hold) {
  const Ref<Flight> keep(this);
  for (const auto& request : requests_) {
    if (!file_) break;
    (void)file_->server().wait(request->transfer, hold);
  }
  if (!file_) return outcome_;
  for (const auto& request : requests_) {
    const auto done = file_->server().wait(request->transfer);
    if (!done && outcome_) outcome_ = done;
    request->room = {};
  }
  requests_of_all -= requests_.size();
  std::erase(in_the_air(), this);
  const Ref<DiskFile> file = std::exchange(file_, nullptr);
  file->landed(*this, outcome_);
  return outcome_;
}

}  // namespace tessera::lx
