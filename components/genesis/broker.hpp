// SPDX-License-Identifier: Apache-2.0
// What components may ask for while they run (the manifest's `requests`), and who has it: devices, interrupts, memory and
// channels. All of it is found and set aside before any component runs; a request takes none of it from anyone. What is
// refused is a status to the component and a record in its namespace's audit.
#pragma once

#include <abi/protocols/broker.hpp>
#include <array>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

#include "components/genesis/channels.hpp"
#include "components/genesis/component.hpp"
#include "lib/rt/ask.hpp"

namespace tessera::genesis {

class FirstGift;

class Broker {
 public:
  // Makes what the manifest's requests name, but the memory. Fatal without memory for it.
  void make(const format::Manifest& manifest);
  // The memory that each may ask for becomes its namespace's, and waits in a table there.
  void settle(std::span<Component> components);

  // A life begins: it is told of devices that it may ask for, and there is room for what it will be granted.
  void prepare_life(FirstGift& gift, Component& component) const;
  // None: that is no request.
  [[nodiscard]] std::optional<rt::Message> answer(Component& from, const rt::Message& message);
  // All that it holds is taken back.
  void end_life(Component& component);

 private:
  using Status = protocol::broker::Status;
  struct Granted {
    std::uint32_t ticket = 0, number = 0;
  };
  using Outcome = std::expected<Granted, Status>;
  using Kind = Held::Kind;

  // Of hardware: what the manifest calls it, and who has it.
  struct Part {
    std::string_view name;
    const Component* holder = nullptr;
  };
  struct AskedDevice : Part {
    std::optional<Device> device;  // none: the machine has no such device
  };
  struct AskedInterrupt : Part {
    std::optional<Line> line;
  };
  struct AskedChannel {
    Channel channel;
    std::array<bool, 2> taken{};
  };
  static constexpr std::size_t kMostDevices = 16, kMostInterrupts = 16, kMostChannels = 16;

  [[nodiscard]] Outcome handle(Component& from, const protocol::broker::DeviceRequest& request, std::string_view name);
  [[nodiscard]] Outcome handle(Component& from, const protocol::broker::MemoryRequest& request, std::string_view name);
  [[nodiscard]] Outcome handle(Component& from, const protocol::broker::InterruptRequest& request, std::string_view name);
  [[nodiscard]] Outcome handle(Component& from, const protocol::broker::ChannelRequest& request, std::string_view name);
  [[nodiscard]] Outcome handle(Component& from, const protocol::broker::ReleaseRequest& request, std::string_view name);

  void add_hardware(std::string_view name, std::string_view value);
  // `give` puts grants into a gift; when all of them arrived, they are held.
  template <typename Give>
  [[nodiscard]] Outcome hold(Component& component, const Held& what, std::size_t number, Give give);
  void take_back(Component& component, const Held& what);
  // Nobody has it any more, nor hears of it.
  void silence(Handle interrupt);
  [[nodiscard]] bool has_another_driver(const Component& component, const Device& device) const;

  std::span<Component> components_;
  Handle nobody_ = 0;  // a notification that interrupts raise which nobody holds
  std::array<AskedDevice, kMostDevices> devices_{};
  std::array<AskedInterrupt, kMostInterrupts> interrupts_{};
  std::array<AskedChannel, kMostChannels> channels_{};
  std::size_t device_count_ = 0, interrupt_count_ = 0, channel_count_ = 0;
};

}  // namespace tessera::genesis
