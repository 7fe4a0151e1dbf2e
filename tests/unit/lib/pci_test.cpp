// SPDX-License-Identifier: Apache-2.0
// Pci and PciWindows: functions found and given addresses; functions and bridges that lie.
#include "components/genesis/pci.hpp"

#include <vector>

#include "lib/rt/clock.hpp"
#include "tests/support/check.hpp"

namespace {
std::uint64_t now = 1;
}

// Time passes only where somebody sleeps.
namespace tessera::rt {
std::uint64_t now_ns() { return now; }
void sleep_until(std::uint64_t deadline_ns) { now = deadline_ns; }
}  // namespace tessera::rt

namespace tessera::genesis::test {

namespace {

using foreign::DeviceTree;
using Cells = std::vector<std::uint32_t>;

std::vector<std::byte> bytes_of(const Cells& cells) {
  std::vector<std::byte> bytes;
  for (const std::uint32_t cell : cells)
    for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(cell >> shift));
  return bytes;
}

PciWindows windows(const Cells& cells) {
  const DeviceTree::Bus root{};
  return PciWindows::read(bytes_of(cells), root);
}

// Ports; 16 MiB at 256 MiB, which the CPU finds 1 GiB higher; 1 GiB at 512 GiB.
const Cells kRanges{0x0100'0000, 0, 0,           0, 0x3eff'0000, 0, 0x1'0000,    0x0200'0000, 0, 0x1000'0000, 0,
                    0x5000'0000, 0, 0x0100'0000, 0x0300'0000,    0x80, 0, 0x80, 0, 0, 0x4000'0000};

constexpr PciAddress kFirst{0, 1, 0}, kSecond{0, 2, 0};
constexpr PciKind kConsole{.vendor = 0x1af4, .device = 0x1043, .class_code = {}};

// A console as QEMU's: 4 KiB below 4 GiB, 16 KiB anywhere.
void add_console(FakeBus& bus, PciAddress at) {
  FakeFunction& one = bus[at];
  one.words[0] = 0x1043'1af4;
  one.words[5] = 0, one.bar_masks[1] = 0xffff'f000;
  one.words[8] = 0xc, one.bar_masks[4] = 0xffff'c000, one.bar_masks[5] = ~0u;
}

}  // namespace

TEST(pci_places_windows) {
  auto bus = std::make_shared<FakeBus>();
  add_console(*bus, kFirst);
  add_console(*bus, kSecond);
  Pci pci(PciBridge(bus, windows(kRanges)));
  CHECK(pci.find(kConsole, 0)->address == kFirst && pci.find(kConsole, 1)->address == kSecond);
  CHECK(!pci.find(kConsole, 2) && !pci.find({.vendor = 0x1af4, .device = 0x1042, .class_code = {}}, 0));
  std::array<PciBar, 6> bars{};
  CHECK_EQ(pci.measure_bars(kFirst, bars), 2);
  CHECK(bars[0].number == 1 && bars[0].address == 0x5000'0000 && bars[0].bytes == 0x1000);
  CHECK(bars[1].number == 4 && bars[1].address == 0x80'0000'0000 && bars[1].bytes == 0x4000);
  CHECK_EQ((*bus)[kFirst].words[5], 0x1000'0000u);
  CHECK((*bus)[kFirst].words[8] == 0xc && (*bus)[kFirst].words[9] == 0x80);
  CHECK_EQ(pci.measure_bars(kSecond, bars), 2);
  CHECK(bars[0].address == 0x5000'1000 && bars[1].address == 0x80'0000'4000);
}

TEST(pci_leaves_windows_where_firmware_put_them) {
  auto bus = std::make_shared<FakeBus>();
  add_console(*bus, kFirst);
  add_console(*bus, kSecond);
  (*bus)[kSecond].words[5] = 0x1020'0000;
  (*bus)[kSecond].words[9] = 0x90;  // not within the windows
  Pci pci(PciBridge(bus, windows(kRanges)));
  std::array<PciBar, 6> bars{};
  CHECK_EQ(pci.measure_bars(kFirst, bars), 0);
  CHECK_EQ(pci.measure_bars(kSecond, bars), 1);
  CHECK(bars[0].number == 1 && bars[0].address == 0x5020'0000);
}

TEST(pci_window_that_does_not_fit) {
  auto bus = std::make_shared<FakeBus>();
  add_console(*bus, kFirst);
  (*bus)[kFirst].bar_masks[1] = 0xfe00'0000;            // 32 MiB in 16
  (*bus)[kFirst].bar_masks[4] = 0, (*bus)[kFirst].bar_masks[5] = 0x8000'0000;  // 2^63 bytes
  Pci pci(PciBridge(bus, windows(kRanges)));
  std::array<PciBar, 6> bars{};
  CHECK_EQ(pci.measure_bars(kFirst, bars), 0);
}

// Each function of each bus says that it is a bridge to the next.
TEST(pci_bridges_without_end) {
  auto bus = std::make_shared<FakeBus>();
  for (unsigned number = 0; number < 256; ++number) {
    for (std::uint8_t device = 0; device < 32; ++device) {
      for (std::uint8_t function = 0; function < 8; ++function) {
        FakeFunction& one = (*bus)[{static_cast<std::uint8_t>(number), device, function}];
        one.words[0] = 0x0001'1234;
        one.words[2] = 0x0604'0000;
        one.words[3] = 0x0081'0000;
        one.words[6] = ((number + 1 + function) & 0xff) << 8;
      }
    }
  }
  const Pci pci(PciBridge(bus, windows(kRanges)));
  CHECK(!pci.find(kConsole, 0));
  CHECK(bus->reads < 2u * 256 * 256 * 16);
}

// Of memory 1 MiB steps below 4 GiB, and the same prefetchable anywhere.
void add_bridge(FakeBus& bus, PciAddress at) {
  FakeFunction& one = bus[at];
  one.words[0] = 0x000c'1b36;
  one.words[2] = 0x0604'0000;
  one.words[3] = 0x0001'0000;
  one.words[9] = 0x0001'0001;
  one.bar_masks[0] = 0xffff'f000;
}

// What is written stays, but for a bridge's other registers, which share their place with windows.
std::uint64_t window_end(const FakeFunction& bridge) { return std::uint64_t{bridge.words[8] & 0xfff0'0000} + (1 << 20); }

TEST(pci_bridges_that_nobody_set_up) {
  auto bus = std::make_shared<FakeBus>();
  constexpr PciAddress kPort{0, 3, 0}, kOther{0, 4, 0}, kInner{1, 0, 0}, kBehind{2, 5, 0}, kBehindOther{3, 0, 0};
  add_console(*bus, kFirst);
  add_bridge(*bus, kPort);
  add_bridge(*bus, kOther);
  add_bridge(*bus, kInner);
  add_console(*bus, kBehind);
  add_console(*bus, kBehindOther);
  Pci pci(PciBridge(bus, windows(kRanges)));
  CHECK_EQ((*bus)[kPort].words[6] & 0xff'ffff, 0x02'01'00u);
  CHECK_EQ((*bus)[kInner].words[6] & 0xff'ffff, 0x02'02'01u);
  CHECK_EQ((*bus)[kOther].words[6] & 0xff'ffff, 0x03'03'00u);
  CHECK(pci.find(kConsole, 1)->address == kBehind && pci.find(kConsole, 2)->address == kBehindOther && !pci.find(kConsole, 3));
  std::array<PciBar, 6> bars{};
  CHECK_EQ(pci.measure_bars(kBehind, bars), 2);
  // Each within what the bridges before it pass on, and outside of what others do.
  for (const PciAddress bridge : {kPort, kInner}) {
    const FakeFunction& one = (*bus)[bridge];
    const std::uint64_t first = std::uint64_t{one.words[8] & 0xfff0} << 16;
    CHECK(bars[0].address - 0x4000'0000 >= first && bars[0].address - 0x4000'0000 + bars[0].bytes <= window_end(one));
    CHECK_EQ(one.words[1] & 6, 0u);
  }
  CHECK(window_end((*bus)[kPort]) <= std::uint64_t{(*bus)[kOther].words[8] & 0xfff0} << 16);
  // This console's second window may be prefetched: beside the first one's, which is before any bridge, from the next MiB on.
  CHECK_EQ(bars[1].address, 0x80'0010'0000u);
  // What it writes and hears goes through both.
  pci.enable(kBehind, std::nullopt);
  CHECK((*bus)[kPort].words[1] == 6 && (*bus)[kInner].words[1] == 6 && (*bus)[kOther].words[1] == 0);
}

TEST(pci_bridge_that_keeps_no_numbers) {
  auto bus = std::make_shared<FakeBus>();
  constexpr PciAddress kPort{0, 3, 0}, kOther{0, 4, 0}, kBehindOther{1, 0, 0};
  add_bridge(*bus, kPort);
  (*bus)[kPort].fixed = 6;
  add_bridge(*bus, kOther);
  add_console(*bus, kBehindOther);
  const Pci pci(PciBridge(bus, windows(kRanges)));
  CHECK(pci.find(kConsole, 0)->address == kBehindOther);
}

// On every bus there is the same bridge: numbers end.
TEST(pci_more_bridges_than_numbers) {
  auto bus = std::make_shared<FakeBus>();
  for (unsigned number = 0; number < 256; ++number) {
    for (std::uint8_t device = 0; device < 32; ++device) add_bridge(*bus, {static_cast<std::uint8_t>(number), device, 0});
  }
  const Pci pci(PciBridge(bus, windows(kRanges)));
  CHECK(!pci.find(kConsole, 0));
  CHECK(bus->reads < 40u * 256 * 32 * 16);
}

TEST(pci_functions_by_class) {
  auto bus = std::make_shared<FakeBus>();
  add_console(*bus, kFirst);
  add_console(*bus, kSecond);
  (*bus)[kSecond].words[2] = 0x0108'0203;
  const Pci pci(PciBridge(bus, windows(kRanges)));
  CHECK(pci.find({.class_code = 0x010802}, 0)->address == kSecond && !pci.find({.class_code = 0x010802}, 1) && !pci.find({.class_code = 0x010803}, 0));
  std::size_t nth = 1;
  CHECK(pci.function(nth)->address == kSecond);
  nth = 7;
  CHECK(!pci.function(nth) && nth == 5);
}

// A bridge of conventional PCI asks in its own name; one behind PCI Express in that of its bus.
TEST(pci_requesters) {
  auto bus = std::make_shared<FakeBus>();
  constexpr PciAddress kPort{0, 3, 0}, kInner{1, 0, 0}, kBehind{2, 5, 0};
  add_bridge(*bus, kPort);
  add_bridge(*bus, kInner);
  add_console(*bus, kBehind);
  const Pci pci(PciBridge(bus, windows(kRanges)));
  CHECK_EQ(pci.requester(kBehind), 0x0018u);
  const auto express = [&](PciAddress at, std::uint32_t kind) {
    FakeFunction& one = (*bus)[at];
    one.words[1] |= 1 << 20;
    one.words[13] = 0x50;
    one.words[20] = 0x0002'0010 | kind << 20;
  };
  express(kPort, 4);  // a root port
  CHECK_EQ(pci.requester(kBehind), 0x0100u);
  express(kInner, 7);
  CHECK_EQ(pci.requester(kBehind), 0x0200u);
  express(kInner, 6);
  CHECK_EQ(pci.requester(kBehind), kBehind.number());
}

// A window of less than a page, alone in it or not.
TEST(pci_small_windows) {
  auto bus = std::make_shared<FakeBus>();
  for (const PciAddress at : {kFirst, kSecond}) {
    FakeFunction& one = (*bus)[at];
    one.words[0] = 0x0011'1b36;
    one.bar_masks[0] = 0xffff'fff0;
  }
  Pci pci(PciBridge(bus, windows(kRanges)));
  std::array<PciBar, 6> bars{};
  CHECK_EQ(pci.measure_bars(kSecond, bars), 1);
  CHECK(bars[0].bytes == 16 && bars[0].address == 0x5000'1000 && pci.alone_in_page(kSecond, 0, bars[0].address));
  (*bus)[kFirst].words[4] = 0x1000'1ff0;
  CHECK(!pci.alone_in_page(kSecond, 0, bars[0].address));
}

TEST(pci_capabilities_in_a_circle) {
  auto bus = std::make_shared<FakeBus>();
  add_console(*bus, kFirst);
  FakeFunction& one = (*bus)[kFirst];
  one.words[1] = 1 << 20;
  one.words[13] = 0x40;
  one.words[16] = 0x0100'4009;  // leads to itself
  const Pci pci(PciBridge(bus, windows(kRanges)));
  std::array<VirtioCapability, 8> found{};
  CHECK_EQ(pci.virtio_capabilities(kFirst, found), 8);
  CHECK(!pci.msix(kFirst));
}

// One capability, 0x50, of these words.
FakeFunction& add_capability(FakeBus& bus, PciAddress at, std::initializer_list<std::uint32_t> words) {
  add_console(bus, at);
  FakeFunction& one = bus[at];
  one.words[1] = 1 << 20;
  one.words[13] = 0x50;
  unsigned number = 0x50 / 4;
  for (const std::uint32_t word : words) one.words[number++] = word;
  return one;
}

TEST(pci_messages_without_a_table) {
  auto bus = std::make_shared<FakeBus>();
  FakeFunction& wide = add_capability(*bus, kFirst, {0x00f1'0005 | 1u << 23, 0, 0, 0});  // several asked for before
  FakeFunction& narrow = add_capability(*bus, kSecond, {0x0000'0005, 0, 0, 0});
  const Pci pci(PciBridge(bus, windows(kRanges)));
  const auto first = pci.msi(kFirst), second = pci.msi(kSecond);
  CHECK(first && first->wide && second && !second->wide && !pci.msix(kFirst));
  CHECK(pci.set_message(kFirst, *first, 0x12'3456'7890, 0x42));
  CHECK(wide.words[21] == 0x3456'7890 && wide.words[22] == 0x12 && wide.words[23] == 0x42);
  CHECK_EQ(wide.words[20], 0x0081'0005u);  // on, and one message
  pci.clear_message(kFirst, *first);
  CHECK_EQ(wide.words[20], 0x0080'0005u);
  CHECK(pci.set_message(kSecond, *second, 0xfee0'0000, 7));
  CHECK(narrow.words[21] == 0xfee0'0000 && narrow.words[22] == 7 && narrow.words[23] == 0);
  CHECK(!pci.set_message(kSecond, *second, 0x1'0000'0000, 7) && !pci.set_message(kFirst, *first, 0, 0x1'0000));
  narrow.words[13] = 0xf4;  // it would end behind the configuration space
  narrow.words[0xf4 / 4] = 5;
  CHECK(!pci.msi(kSecond));
}

TEST(pci_functions_are_reset) {
  auto bus = std::make_shared<FakeBus>();
  FakeFunction& express = add_capability(*bus, kFirst, {0x0002'0010, 1u << 28, 0x000f'2810});
  express.reset_offset = 0x58, express.reset_bit = 1u << 15;
  FakeFunction& advanced = add_capability(*bus, kSecond, {0x0306'0013, 0});
  advanced.reset_offset = 0x54, advanced.reset_bit = 1;
  Pci pci(PciBridge(bus, windows(kRanges)));
  for (const PciAddress at : {kFirst, kSecond}) {
    FakeFunction& one = (*bus)[at];
    std::array<PciBar, 6> bars{};
    CHECK_EQ(pci.measure_bars(at, bars), 2);
    pci.enable(at, std::nullopt);
    one.words[15] = 0x010b;
    const FakeFunction before = one;
    const std::uint64_t begin = now;
    CHECK(pci.reset_function(at));
    CHECK_EQ(one.resets, 1u);
    CHECK(now - begin >= 100'000'000);
    // As it was, but that it neither listens nor speaks.
    for (unsigned number = 4; number < 10; ++number) CHECK_EQ(one.words[number], before.words[number]);
    CHECK_EQ(one.words[15], before.words[15]);
    CHECK_EQ(one.words[1] & 6, 0u);
    CHECK_EQ(before.words[1] & 6, 6u);
  }
  CHECK_EQ(express.words[0x58 / 4] >> 16, 0u);  // what is cleared by ones was not written
  express.words[0x54 / 4] = 0;                   // it cannot
  advanced.words[0x50 / 4] = 0x0106'0013;
  CHECK(!pci.reset_function(kFirst) && !pci.reset_function(kSecond));
  CHECK(express.resets == 1 && advanced.resets == 1);
}

TEST(pci_windows_that_make_no_sense) {
  PciWindows none = windows({0x0200'0000, 0, 0x1000'0000, 0, 0x1000'0000, 0});  // cut off
  CHECK(!none.place(0x1000, true) && !none.to_cpu(0x1000'0000, 1));
  PciWindows wraps = windows({0x0300'0000, 0xffff'ffff, 0xffff'0000, 0, 0, 1, 0});
  CHECK(!wraps.place(0x1000, true));
  // It begins at 0, which says of a window that it has no address.
  PciWindows zero = windows({0x0200'0000, 0, 0, 0, 0x1000'0000, 0, 0x4000});
  CHECK(zero.place(0x1000, false) == 0x1000 && zero.place(0x2000, false) == 0x2000 && !zero.place(0x1000, false));
  CHECK(zero.to_cpu(0x3000, 0x1000) == 0x1000'3000 && !zero.to_cpu(0x3000, 0x2000) && !zero.to_cpu(0x5000, 1));
  // Behind 4 GiB there is nothing for what cannot be there.
  PciWindows high = windows({0x0300'0000, 1, 0, 1, 0, 0, 0x10'0000});
  CHECK(!high.place(0x1000, false) && high.place(0x1000, true) == 0x1'0000'0000);
}

}  // namespace tessera::genesis::test
