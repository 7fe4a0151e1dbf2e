// SPDX-License-Identifier: Apache-2.0
// Random bytes for the client of the channel `random`: see README.md.
#include <abi/protocols/random.hpp>

#include "components/drivers/virtio_rng/rng.hpp"
#include "lib/ddk/driver.hpp"
#include "lib/ddk/virtio_pci.hpp"
#include "lib/rt/component.hpp"

namespace {

using namespace tessera;
namespace random = protocol::random;
using virtio_rng::Rng;

class Service {
 public:
  std::expected<void, std::string_view> init(ddk::Driver& at) {
    pools_ = at.pools();
    device_ = ddk::VirtioPci::open(at.start());
    const auto memory = at.memory();
    if (!device_ || !memory || memory->bytes().size() < Rng::kMemoryBytes) return {};
    interrupt_ = at.interrupt();
    if (!interrupt_.message || !device_->set_message(interrupt_.message->address, interrupt_.message->data)) return std::unexpected("it cannot interrupt");
    rng_.emplace(*device_, *memory, at.executor(), at.conditions());
    return rng_->begin();
  }

  void serve(rt::Scope& tasks) {
    if (rng_) ddk::attend_to(tasks, rng_->requests(), interrupt_);
  }

  rt::Task<service::Outcome<random::BytesRequest>> handle(const random::BytesRequest&, service::Asked asked) {
    constexpr std::uint32_t kMost = 64 * 1024;
    ddk::DmaRanges where;
    if (!rng_) co_return std::unexpected(random::Status::no_device);
    if (!pools_.locate(asked, kMost, where)) co_return std::unexpected(random::Status::invalid);
    const auto bytes = co_await rng_->fill(where.all());
    if (!bytes) co_return std::unexpected(random::Status::io);
    co_return service::Answered<random::BytesRequest>{.results = {}, .bytes = *bytes};
  }

 private:
  ddk::DmaPools pools_;
  std::optional<ddk::VirtioPci> device_;
  std::optional<Rng> rng_;  // none: there is no device
  ddk::DeviceInterrupt interrupt_;
};

}  // namespace

int component_main(const rt::Start& start) { return ddk::run_driver<random::Protocol, Service>(start, "random"); }
