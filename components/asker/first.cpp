// SPDX-License-Identifier: Apache-2.0
// The story.
#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>
#include <optional>

#include "components/asker/roles.hpp"
#include "lib/ddk/pci_function.hpp"
#include "lib/rt/broker.hpp"
#include "lib/rt/format.hpp"
#include "lib/rt/log.hpp"
#include "lib/rt/system_call.hpp"
#include "lib/service/byte_link.hpp"

namespace tessera::asker {

namespace {

namespace broker = rt::broker;
using broker::Status;
using Name = std::array<char, 48>;

class First {
 public:
  explicit First(const rt::Start& start) : start_(start) {}

  unsigned run() {
    undeclared();
    memory();
    interrupt();
    channel();
    device();
    after_a_failure();
    return wrong_;
  }

 private:
  void tell(std::string_view what, std::string_view outcome, bool right) {
    rt::log("{}: {}{}", what, outcome, right ? "" : " WRONG");
    wrong_ += right ? 0 : 1;
  }

  template <typename T>
  static std::string_view text_of(const std::expected<T, Status>& answer) {
    return answer ? "granted" : broker_name(answer.error());
  }
  static std::string_view broker_name(Status status) { return status == Status{} ? "no answer" : protocol::broker::name(status); }

  void refused(std::string_view what, const broker::Answer& answer, Status why) { tell(what, text_of(answer), !answer && answer.error() == why); }
  std::optional<broker::Lease> granted(std::string_view what, const broker::Answer& answer) {
    tell(what, text_of(answer), answer.has_value());
    return answer ? std::optional(*answer) : std::nullopt;
  }
  void release(std::string_view what, const broker::Lease& lease) {
    const auto done = broker::release(lease);
    tell(what, done ? "given back" : broker_name(done.error()), done.has_value());
  }

  void undeclared() {
    refused("a device that the manifest does not name", broker::request_device("pci:8086:100e"), Status::not_declared);
    refused("nor this one", broker::request_device(""), Status::not_declared);
    refused("an interrupt that it does not name", broker::request_irq("gsi:9"), Status::not_declared);
    refused("a channel with genesis", broker::create_channel("genesis"), Status::not_declared);
    refused("no memory at all", broker::allocate_memory(0), Status::invalid);
    refused("all memory there is", broker::allocate_memory(~std::uint64_t{0}), Status::over_limit);
  }

  [[nodiscard]] std::optional<rt::Grant> memory_grant(const broker::Lease& lease) const {
    Name text;
    return start_.grant(rt::format_to(text, "memory.asked.{}", lease.number), abi::ObjectType::memory);
  }

  void memory() {
    const auto some = granted("20000 bytes of memory", broker::allocate_memory(20000));
    if (!some) return;
    const auto grant = memory_grant(*some);
    const auto bytes = grant ? rt::bytes_of(*grant) : std::span<std::byte>{};
    tell("it is in the start page, mapped", bytes.size() == 20480 ? "20480 bytes" : "not so", bytes.size() == 20480);
    std::ranges::fill(bytes, std::byte{0x5a});
    const bool kept = std::ranges::all_of(bytes, [](std::byte one) { return one == std::byte{0x5a}; });
    tell("what is written there is read again", kept ? "yes" : "no", kept);
    refused("more than the manifest allows", broker::allocate_memory(2 << 20), Status::over_limit);
    refused("as much as that, beside what it has", broker::allocate_memory(1 << 20), Status::over_limit);
    release("the 20000 bytes", *some);
    const auto stale = grant ? abi::memory_info(grant->handle) : std::unexpected(abi::Error::ok);
    tell("their handle", stale ? "still good" : abi::name(stale.error()), !stale && stale.error() == abi::Error::stale_handle);
    tell("their name", memory_grant(*some) ? "still there" : "gone", !memory_grant(*some));
    const auto twice = broker::release(*some);
    tell("given back twice", twice ? "taken" : broker_name(twice.error()), !twice && twice.error() == Status::invalid);
    if (const auto all = granted("1 MiB, now that nothing is in use", broker::allocate_memory(1 << 20))) release("that", *all);
    pieces();
  }

  void pieces() {
    std::array<broker::Lease, protocol::broker::kMostHeld> pieces;
    std::size_t count = 0;
    while (count < pieces.size()) {
      const auto one = broker::allocate_memory(4096);
      if (!one) break;
      pieces.at(count++) = *one;
    }
    tell("a page at a time, as many as can be", count == pieces.size() ? "16" : "fewer", count == pieces.size());
    refused("one more", broker::allocate_memory(4096), Status::over_limit);
    for (const broker::Lease& one : std::span(pieces).first(count)) {
      if (!broker::release(one)) tell("one of them", "not given back", false);
    }
  }

  void interrupt() {
    const auto line = granted("an interrupt line", broker::request_irq("gsi:3"));
    if (!line) return;
    Name text;
    const auto grant = start_.grant(rt::format_to(text, "interrupt.{}", line->number), abi::ObjectType::interrupt);
    const auto notification = rt::objects().make(abi::ObjectType::notification);
    const bool bound = grant && notification && abi::interrupt_bind(grant->handle, *notification) && abi::interrupt_acknowledge(grant->handle);
    tell("it can be listened to", bound ? "yes" : "no", bound);
    refused("the same line again", broker::request_irq("gsi:3"), Status::in_use);
    release("the line", *line);
    tell("its handle", grant && abi::interrupt_acknowledge(grant->handle) ? "still good" : "gone", grant && !abi::interrupt_acknowledge(grant->handle));
  }

  void channel() {
    if (!granted("a channel with the second component", broker::create_channel("second"))) return;
    refused("once more", broker::create_channel("second"), Status::in_use);
    link_.emplace(service::ByteLink::open(start_, "second", kLetters));
    expect("the second component, over the channel", kHere);
  }

  char heard() {
    std::array<std::byte, 1> letter{};
    link_->read(letter);
    return std::to_integer<char>(letter.front());
  }
  void expect(std::string_view what, char letter) {
    const char said = heard();
    tell(what, said == kHere ? "is here" : said == kGranted ? "granted" : said == kInUse ? "in_use" : "refused", said == letter);
  }
  char order(char letter) {
    link_->write(std::string_view(&letter, 1));
    return letter;
  }

  void use(const broker::Lease& lease) {
    Name text;
    const ddk::PciFunction function(start_, broker::device_prefix(lease, text));
    const auto common = function.place("virtio.common");
    const rt::Mmio window = common ? function.window(*common, 0x38) : rt::Mmio();
    // virtio 1.1, 4.1.4.3: how many queues it has.
    const unsigned queues = window.size() == 0 ? 0 : window.read_at<std::uint16_t>(0x12);
    tell("its registers say how many queues it has", queues == 1 ? "1" : "another number", queues == 1);
  }

  void device() {
    if (!link_) return;
    const auto answer = broker::request_device(kDevice);
    if (!answer && answer.error() == Status::not_found) {
      rt::log("this machine has no such device");
      return;
    }
    const auto own = granted("a device", answer);
    if (!own) return;
    use(*own);
    order(kAskDevice);
    expect("the second component asks for it", kInUse);
    release("the device", *own);
    order(kAskDevice);
    expect("the second component asks again", kGranted);
    refused("the first one does", broker::request_device(kDevice), Status::in_use);
    order(kReleaseDevice);
    expect("the second gives it back", kGranted);
    if (const auto again = granted("the first asks again", broker::request_device(kDevice))) {
      use(*again);
      release("the device", *again);
    }
    order(kAskDevice);
    expect("the second component has it once more", kGranted);
  }

  // Whatever the second one had is free when it runs again; the channel's bytes are not lost.
  void after_a_failure() {
    if (!link_) return;
    order(kFail);
    expect("the second component failed; its next life", kHere);
    const auto answer = broker::request_device(kDevice);
    if (!answer && answer.error() == Status::not_found) return;
    if (const auto lease = granted("the device that it had", answer)) use(*lease);
  }

  const rt::Start& start_;
  std::optional<service::ByteLink> link_;
  unsigned wrong_ = 0;
};

}  // namespace

unsigned run_first(const rt::Start& start) { return First(start).run(); }

}  // namespace tessera::asker
