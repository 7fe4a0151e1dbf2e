// SPDX-License-Identifier: Apache-2.0
// Intel SDM 3: segment descriptors 3.4.5, TSS 8.7, interrupt gates 6.14.1.
#include "descriptors.hpp"

#include <array>

#include "kernel/object/thread.hpp"

namespace tessera::nucleus::arch {

static_assert(offsetof(Thread, resume) == THREAD_RESUME && offsetof(Thread, frame) == 0);

namespace {

struct Gate {
  std::uint64_t low = 0, high = 0;
};
struct [[gnu::packed]] TablePointer {
  std::uint16_t limit;
  std::uint64_t base;
};

std::array<Gate, 256> gates;
std::uint64_t slide;

std::uint64_t end_of(const EmergencyStack& stack) { return reinterpret_cast<std::uint64_t>(&stack) + sizeof(EmergencyStack); }

Gate gate(std::uint64_t target, unsigned stack, unsigned level) {
  return {(target & 0xffff) | (std::uint64_t{SELECTOR_KERNEL_CODE} << 16) | (std::uint64_t{stack} << 32) |
              (std::uint64_t{0x8e00 | (level << 13)} << 32) | ((target >> 16 & 0xffff) << 48),
          target >> 32};
}

}  // namespace

extern "C" const std::array<std::uint64_t, 256> trap_stubs;
extern "C" void entry_nmi();
extern "C" void entry_system_call();

std::uint64_t image_slide() { return slide; }
void set_image_slide(std::uint64_t value) { slide = value; }

void build_gates() {
  for (std::size_t vector = 0; vector < gates.size(); ++vector) {
    const unsigned level = vector == 3 || vector == 4 ? 3 : 0;  // INT3 and INTO are the guest's to use
    const unsigned stack = vector == 8 ? 2 : vector == 18 ? 3 : 0;
    gates[vector] = gate(trap_stubs[vector], stack, level);
  }
  gates[2] = gate(reinterpret_cast<std::uint64_t>(&entry_nmi), 1, 0);
}

void load_descriptors(CoreBlock& block, Descriptors& descriptors) {
  auto& [segments, task, emergency] = descriptors;
  task.rsp[0] = block.stack_top;
  for (std::size_t i = 0; i < emergency.size(); ++i) task.interrupt_stack[i] = end_of(emergency[i]);
  const auto task_base = reinterpret_cast<std::uint64_t>(&task);
  segments = {0,
              0x00af9b000000ffff,  // nucleus code
              0x00cf93000000ffff,  // nucleus data
              0,
              0,                   // 32-bit user code: there is none
              0x00cff3000000ffff,  // user data
              0x00affb000000ffff,  // user code
              (sizeof(TaskState) - 1) | ((task_base & 0xffffff) << 16) | (std::uint64_t{0x89} << 40) | ((task_base >> 24 & 0xff) << 56),
              task_base >> 32};

  const TablePointer gdt{sizeof(segments) - 1, reinterpret_cast<std::uint64_t>(segments.data())};
  const TablePointer idt{sizeof(gates) - 1, reinterpret_cast<std::uint64_t>(&gates)};
  asm volatile("lgdt %0" ::"m"(gdt));
  asm volatile("lidt %0" ::"m"(idt));
  asm volatile(
      "mov %0, %%ds; mov %0, %%es; mov %0, %%ss; mov %1, %%fs; mov %1, %%gs; ltr %w2" ::"r"(SELECTOR_KERNEL_DATA), "r"(0),
      "r"(SELECTOR_TSS));
  block.self = &block;
  write_msr(kMsrGsBase, reinterpret_cast<std::uint64_t>(&block));
  write_msr(kMsrKernelGsBase, 0);

  write_msr(kMsrEfer, read_msr(kMsrEfer) | 1);  // SCE
  write_msr(kMsrStar, (std::uint64_t{SELECTOR_USER_BASE | 3} << 48) | (std::uint64_t{SELECTOR_KERNEL_CODE} << 32));
  write_msr(kMsrLstar, reinterpret_cast<std::uint64_t>(&entry_system_call));
  write_msr(kMsrFmask, 0x257fd5);  // clear all flags that user mode could have set
}

}  // namespace tessera::nucleus::arch
