// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/dump.hpp"

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>
#include <arch_exception.hpp>
#include <cstring>

#include "components/genesis/window.hpp"
#include "lib/rt/log.hpp"

namespace tessera::genesis {

namespace {

constexpr unsigned kMostFrames = 24;

// A word of the first stack; false when the address is not in it.
bool stack_word(const Window& stack, std::uint64_t lowest, std::uint64_t address, std::uint64_t& word) {
  if (address < lowest || address % 8 != 0 || address - lowest > stack.bytes().size() - 8) return false;
  std::memcpy(&word, stack.bytes().subspan(address - lowest, 8).data(), 8);
  return true;
}

// Frames are linked through the frame pointer; the chain must ascend.
void dump_calls(const Component& component, std::uint64_t frame) {
  const Window stack(component.stack_memory, abi::kStackBytes, abi::kRightRead);
  if (!stack.valid()) return;
  const std::uint64_t lowest = abi::kStackAddress + component.area;
  std::uint64_t next = 0, caller = 0;
  for (unsigned depth = 0; depth < kMostFrames && stack_word(stack, lowest, frame, next) && stack_word(stack, lowest, frame + 8, caller); ++depth) {
    rt::log("{}:   called from {:#x}", component.what.name, caller);
    if (next <= frame) break;
    frame = next;
  }
}

}  // namespace

void dump_fault(const Component& component, const rt::Message& fault) {
  rt::log("{}: exception {} ({}), code {:#x}, address {:#x}, at {:#x}, stack {:#x}", component.what.name, fault.words[0],
          rt::arch::exception_name(fault.words[0]), fault.words[1], fault.words[2], fault.words[3], fault.words[4]);
  const auto registers = abi::thread_read_registers(component.thread);
  // Another thread of the component faulted: its registers are not within reach.
  if (!registers || registers->pc != fault.words[3] || registers->sp != fault.words[4]) return;
  rt::log("{}:   frame {:#x}, first registers {:#x} {:#x} {:#x}", component.what.name, registers->frame, registers->register_0,
          registers->register_1, registers->register_2);
  dump_calls(component, registers->frame);
}

}  // namespace tessera::genesis
