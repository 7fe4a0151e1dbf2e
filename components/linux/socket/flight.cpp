// SPDX-License-Identifier: Apache-2.0
#include "components/linux/socket/flight.hpp"

#include <map>

#include "components/linux/process/contract.hpp"
#include "components/linux/socket/endpoint.hpp"
#include "components/linux/socket/socket_file.hpp"

namespace tessera::lx {
namespace {

std::map<std::uint32_t, std::uint64_t>& files_by_user() {
  static auto* all = new std::map<std::uint32_t, std::uint64_t>;
  return *all;
}
std::uint64_t sockets_in_flight = 0;

}  // namespace

Result<Flight> Flight::start(std::vector<Ref<File>> files) {
  Flight flight;
  if (files.empty()) return flight;
  constexpr unsigned kLimitFiles = 7;
  constexpr std::uint64_t kMostOfRoot = 1 << 16;  // root is not limited on Linux; its memory is
  const std::uint32_t uid = current_credentials().uid;
  std::uint64_t& used = files_by_user()[uid];
  const std::uint64_t most = current_credentials().euid == 0 ? kMostOfRoot : current_limit(kLimitFiles);
  if (used + files.size() > most) return fail(Errno::etoomanyrefs);
  used += files.size();
  flight.uid_ = uid;
  flight.files_ = std::move(files);
  for (const auto& file : flight.files_) {
    if (file->socket() == nullptr) continue;
    ++file->socket()->endpoint().in_flight;
    ++sockets_in_flight;
  }
  return flight;
}

Flight::~Flight() {
  if (files_.empty()) return;
  const auto used = files_by_user().find(uid_);
  if ((used->second -= files_.size()) == 0) files_by_user().erase(used);
  for (const auto& file : files_) {
    if (file->socket() == nullptr) continue;
    --file->socket()->endpoint().in_flight;
    --sockets_in_flight;
  }
}

void bury(std::deque<Packet> packets) {
  static auto* graves = new std::deque<Packet>;
  static bool digging = false;
  for (Packet& packet : packets) graves->push_back(std::move(packet));
  packets.clear();
  if (digging) return;
  digging = true;
  while (!graves->empty()) {
    Packet gone = std::move(graves->front());
    graves->pop_front();
    // Its end may add to the graves.
  }
  digging = false;
}

void collect_unreachable(const SocketFile* spared) {
  if (sockets_in_flight == 0) return;
  // Those that only messages hold. Whatever a process, or a file that is no socket, holds has a reference more.
  std::vector<UnixEndpoint*> reached;
  bool any = false;
  for (UnixEndpoint* endpoint : UnixEndpoint::all()) {
    const SocketFile* const file = endpoint->file;
    const std::uint32_t more = file == spared ? 1 : 0;
    endpoint->unreachable = file != nullptr && endpoint->in_flight != 0 && file->references() == endpoint->in_flight + more;
    any = any || endpoint->unreachable;
    if (file != nullptr && !endpoint->unreachable) reached.push_back(endpoint);
  }
  if (!any) return;
  while (!reached.empty()) {
    UnixEndpoint* const endpoint = reached.back();
    reached.pop_back();
    for (const auto& waiting : endpoint->backlog()) reached.push_back(waiting.get());
    for (const Packet& packet : endpoint->queue()) {
      for (const auto& file : packet.rights.files()) {
        if (file->socket() == nullptr || !file->socket()->endpoint().unreachable) continue;
        file->socket()->endpoint().unreachable = false;
        reached.push_back(&file->socket()->endpoint());
      }
    }
  }
  std::deque<Packet> garbage;
  for (UnixEndpoint* endpoint : UnixEndpoint::all())
    if (endpoint->unreachable) endpoint->give_up_queues(garbage);
  bury(std::move(garbage));
}

}  // namespace tessera::lx
