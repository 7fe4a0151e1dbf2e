// SPDX-License-Identifier: Apache-2.0
#include "components/linux/start/disk_channels.hpp"

#include <abi/protocols/fs.hpp>
#include <abi/protocols/supervisor.hpp>
#include <memory>
#include <string>

#include "components/linux/core/big_lock.hpp"
#include "components/linux/core/log.hpp"
#include "components/linux/fs/disk/disks.hpp"
#include "lib/rt/clock.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/rt/thread.hpp"
#include "lib/rt/thread_block.hpp"
#include "lib/service/granted.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000, kWriteBackNs = 5 * kSecond;
constexpr std::uint64_t kMostDisks = 26;

class Notifications final : public DiskServer::Doorbell {
 public:
  Notifications(std::string channel, std::uint64_t wake, std::uint64_t peer) : channel_(std::move(channel)), wake_(wake), peer_(peer) {}
  void ring() override { (void)rt::notify(peer_); }
  std::uint64_t wait() override {
    const std::uint64_t before = rt::now_ns();
    (void)rt::wait_notification(wake_, before + kSecond);
    return rt::now_ns() - before;
  }
  bool complain(bool silent) override {
    namespace supervisor = protocol::supervisor;
    return service::complain(channel_, silent ? supervisor::kComplaintSilent : supervisor::kComplaintRules);
  }

 private:
  std::string channel_;
  std::uint64_t wake_, peer_;
};

bool open_channel(const rt::Start& start, const std::string& name) {
  const std::string channel = "channel." + name;
  const auto memory = start.grant(channel, tessera::abi::ObjectType::memory);
  const auto wake = start.grant(channel + ".wake", tessera::abi::ObjectType::notification);
  const auto peer = start.grant(channel + ".peer", tessera::abi::ObjectType::notification);
  const auto frames = start.grant("pool.cache", tessera::abi::ObjectType::memory);
  if (!memory || !wake || !peer || !frames) return false;
  const std::array shared{rt::bytes_of(*frames)};
  auto client = ring::ChannelClient::attach(rt::bytes_of(*memory), protocol::fs::kEntries, protocol::fs::kHash, shared);
  if (!client) return false;
  add_disk(std::make_unique<DiskServer>(name, std::move(*client), std::make_unique<Notifications>(name, wake->handle, peer->handle)));
  return true;
}

NO_THREAD_SAFETY_ANALYSIS void write_back_now_and_then(void*) {
  for (;;) {
    (void)rt::wait_notification(rt::current().notification, rt::now_ns() + kWriteBackNs);
    big_lock.lock_at_leisure();
    write_back_disks();
    big_lock.unlock();
  }
}

}  // namespace

bool open_disk_channels(const rt::Start& start) {
  for (std::uint64_t number = 0; number < kMostDisks; ++number) {
    const std::string name = "disk" + decimal(number);
    if (!start.grant("channel." + name, tessera::abi::ObjectType::memory)) break;
    if (open_channel(start, name)) continue;
    rt::log("the channel {} is not well-formed", name);
    return false;
  }
  return true;
}

bool start_write_back() {
  if (!any_disks()) return true;
  return rt::Thread::create({.entry = write_back_now_and_then, .priority = 100}).has_value();
}

}  // namespace tessera::lx
