// SPDX-License-Identifier: Apache-2.0
// Instructions that C++ has no words for.
#pragma once

#include <abi/nucleus.hpp>
#include <cstddef>
#include <cstdint>

namespace tessera::nucleus::arch {

inline std::uint64_t read_tsc() {
  std::uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return (std::uint64_t{high} << 32) | low;
}
inline std::uint64_t read_msr(std::uint32_t number) {
  std::uint32_t low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
  return (std::uint64_t{high} << 32) | low;
}
inline void write_msr(std::uint32_t number, std::uint64_t value) {
  asm volatile("wrmsr" ::"c"(number), "a"(static_cast<std::uint32_t>(value)), "d"(static_cast<std::uint32_t>(value >> 32))
               : "memory");
}
inline std::uint64_t read_cr0() { std::uint64_t v; asm volatile("mov %%cr0, %0" : "=r"(v)); return v; }
inline void write_cr0(std::uint64_t v) { asm volatile("mov %0, %%cr0" ::"r"(v) : "memory"); }
inline std::uint64_t read_cr2() { std::uint64_t v; asm volatile("mov %%cr2, %0" : "=r"(v)); return v; }
inline std::uint64_t read_cr3() { std::uint64_t v; asm volatile("mov %%cr3, %0" : "=r"(v)); return v; }
inline void write_cr3(std::uint64_t v) { asm volatile("mov %0, %%cr3" ::"r"(v) : "memory"); }
inline std::uint64_t read_cr4() { std::uint64_t v; asm volatile("mov %%cr4, %0" : "=r"(v)); return v; }
inline void write_cr4(std::uint64_t v) { asm volatile("mov %0, %%cr4" ::"r"(v) : "memory"); }
// The task priority: interrupts of a class up to this wait.
inline void write_cr8(std::uint64_t v) { asm volatile("mov %0, %%cr8" ::"r"(v) : "memory"); }
inline void invalidate_page(std::uint64_t address) {
  asm volatile("invlpg (%0)" ::"r"(address) : "memory");
}

struct CpuidResult {
  std::uint32_t eax, ebx, ecx, edx;
};
inline CpuidResult cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  CpuidResult r{};
  asm volatile("cpuid" : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx) : "a"(leaf), "c"(subleaf));
  return r;
}

// abi::kProcessor*, of this core: all are taken to be alike. CPUID leaf 1, ECX bit 20: SSE4.2.
inline std::uint64_t processor_features() { return (cpuid(1).ecx >> 20 & 1) != 0 ? abi::kProcessorCrc32c : 0; }

inline std::uint8_t in8(std::uint16_t port) { std::uint8_t v; asm volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
inline void out8(std::uint16_t port, std::uint8_t v) { asm volatile("outb %0, %1" ::"a"(v), "Nd"(port)); }

// (value << 32) / divisor; the quotient must fit 64 bits.
inline std::uint64_t divide_scaled(std::uint64_t value, std::uint64_t divisor) {
  std::uint64_t quotient, rest;
  asm("divq %4" : "=a"(quotient), "=d"(rest) : "0"(value << 32), "1"(value >> 32), "r"(divisor) : "cc");
  return quotient;
}

// `words` 8-byte words of zeros.
[[gnu::always_inline]] inline void fill_words(std::byte* start, std::uint64_t words) {
  asm volatile("rep stosq" : "+D"(start), "+c"(words) : "a"(0) : "memory");
}

inline constexpr std::uint32_t kMsrApicBase = 0x1b, kMsrEfer = 0xc0000080, kMsrStar = 0xc0000081, kMsrLstar = 0xc0000082,
                               kMsrFmask = 0xc0000084, kMsrFsBase = 0xc0000100, kMsrGsBase = 0xc0000101,
                               kMsrKernelGsBase = 0xc0000102, kMsrTscDeadline = 0x6e0;

}  // namespace tessera::nucleus::arch
