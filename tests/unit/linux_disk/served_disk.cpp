// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/linux_disk/served_disk.hpp"

#include <utility>

#include "tests/unit/linux_fs/fake.hpp"
#include "tests/unit/linux_fs/fake_threads.hpp"

namespace tessera::test {

namespace wire = protocol::fs;

struct ServedDisk::Life {
  Life(Region& region, std::span<const std::span<std::byte>> pools, std::vector<std::byte> image)
      : device(loop, std::move(image)),
        mounts(device, device.memory(), fs::mounters()),
        handler(mounts),
        server(loop, std::move(ring::ChannelServer::attach(region.bytes, wire::kEntries, wire::kHash, pools).value()), peer, 0, handler),
        scope(loop) {
    const LifeLoop::Inside inside(loop);
    scope.spawn(server.run());
  }
  LifeLoop loop;
  ImageDevice device;
  fs::Mounts mounts;
  fs::FsServer handler;
  Rung peer;
  service::Server<wire::Protocol, fs::FsServer> server;
  rt::Scope scope;
};

// Who waits lets the server run.
class ServedDisk::Bell final : public lx::DiskServer::Doorbell {
 public:
  explicit Bell(ServedDisk& disk) : disk_(disk) {}
  void ring() override { disk_.life_->loop.deliver(1); }
  std::uint64_t wait() override {
    fake::give_way([this] { return !disk_.held_; });
    disk_.step();
    return 0;
  }
  bool complain(bool) override {
    ++disk_.complaints_;
    disk_.restart();
    return true;
  }

 private:
  ServedDisk& disk_;
};

ServedDisk::ServedDisk(std::vector<std::byte> image) : pools_{fake::disk_memory()} { begin(std::move(image)); }

// What ran is never run again, but tasks that refer to it are still there.
void ServedDisk::forget() {
  static auto& gone = *new std::vector<std::unique_ptr<Life>>;
  gone.push_back(std::move(life_));
}

ServedDisk::~ServedDisk() {
  forget();
  static auto& regions = *new std::vector<std::unique_ptr<Region>>;
  regions.push_back(std::move(region_));
}

void ServedDisk::begin(std::vector<std::byte> image) { life_ = std::make_unique<Life>(*region_, pools_, std::move(image)); }

std::unique_ptr<lx::DiskServer> ServedDisk::connect(std::string name) {
  auto client = ring::ChannelClient::attach(region_->bytes, wire::kEntries, wire::kHash, pools_);
  return std::make_unique<lx::DiskServer>(std::move(name), std::move(client.value()), std::make_unique<Bell>(*this));
}

std::vector<std::byte>& ServedDisk::image() { return life_->device.image(); }

void ServedDisk::restart() {
  auto image = std::move(life_->device.image());
  forget();
  begin(std::move(image));
  ++restarts_;
}

void ServedDisk::scribble() {
  const auto layout = ring::ChannelLayout::of(region_->bytes, wire::kEntries);
  layout.value().completions.header().tail.value.fetch_add(~std::uint64_t{0} / 2);
}

void ServedDisk::step() {
  for (std::size_t turn = 0; turn < 50; ++turn) {
    if (turns_left_ != 0 && --turns_left_ == 0) {
      restart();
      life_->loop.deliver(1);
      return;
    }
    if (!life_->loop.run(1)) break;
  }
  life_->loop.deliver(1);
}

}  // namespace tessera::test
