// SPDX-License-Identifier: Apache-2.0
// Does what it is told, a letter at a time.
#include <array>

#include "components/asker/roles.hpp"
#include "lib/rt/broker.hpp"
#include "lib/rt/panic.hpp"
#include "lib/service/byte_link.hpp"

namespace tessera::asker {

namespace broker = rt::broker;

void run_second(const rt::Start& start) {
  if (!broker::create_channel("first")) rt::panic("no channel");
  service::ByteLink link = service::ByteLink::open(start, "first", kLetters);
  const auto say = [&](char letter) { link.write(std::string_view(&letter, 1)); };
  say(kHere);
  broker::Lease device;
  for (;;) {
    std::array<std::byte, 1> order{};
    link.read(order);
    switch (std::to_integer<char>(order.front())) {
      case kAskDevice: {
        const auto asked = broker::request_device(kDevice);
        if (asked) device = *asked;
        say(asked ? kGranted : asked.error() == broker::Status::in_use ? kInUse : kRefused);
        break;
      }
      case kReleaseDevice: say(broker::release(device) ? kGranted : kRefused); break;
      default: rt::panic("told to fail");
    }
  }
}

}  // namespace tessera::asker
