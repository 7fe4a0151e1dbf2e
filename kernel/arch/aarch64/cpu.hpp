// SPDX-License-Identifier: Apache-2.0
// Instructions and system registers that C++ has no words for.
#pragma once

#include <abi/nucleus.hpp>
#include <cstddef>
#include <cstdint>

namespace tessera::nucleus::arch {

inline void instruction_barrier() { asm volatile("isb" ::: "memory"); }
inline std::uint64_t read_counter() { std::uint64_t v; asm volatile("isb; mrs %0, cntvct_el0" : "=r"(v)::"memory"); return v; }
inline std::uint64_t read_counter_rate() { std::uint64_t v; asm volatile("mrs %0, cntfrq_el0" : "=r"(v)); return v; }
inline std::uint64_t read_thread_pointer() { std::uint64_t v; asm volatile("mrs %0, tpidr_el0" : "=r"(v)); return v; }
inline void write_thread_pointer(std::uint64_t v) { asm volatile("msr tpidr_el0, %0" ::"r"(v)); }
inline std::uint64_t read_affinity() { std::uint64_t v; asm volatile("mrs %0, mpidr_el1" : "=r"(v)); return v & 0xff'00ff'ffff; }
inline std::uint64_t read_processor_features() { std::uint64_t v; asm volatile("mrs %0, id_aa64pfr0_el1" : "=r"(v)); return v; }
inline std::uint64_t read_processor_features_1() { std::uint64_t v; asm volatile("mrs %0, id_aa64pfr1_el1" : "=r"(v)); return v; }
inline std::uint64_t read_memory_features_0() { std::uint64_t v; asm volatile("mrs %0, id_aa64mmfr0_el1" : "=r"(v)); return v; }
inline std::uint64_t read_memory_features() { std::uint64_t v; asm volatile("mrs %0, id_aa64mmfr1_el1" : "=r"(v)); return v; }
inline std::uint64_t read_memory_features_2() { std::uint64_t v; asm volatile("mrs %0, S3_0_C0_C7_2" : "=r"(v)); return v; }
inline std::uint64_t read_instruction_features() { std::uint64_t v; asm volatile("mrs %0, id_aa64isar0_el1" : "=r"(v)); return v; }
// abi::kProcessor*, of this core: all are taken to be alike.
inline std::uint64_t processor_features() { return (read_instruction_features() >> 16 & 15) != 0 ? abi::kProcessorCrc32c : 0; }
inline std::uint64_t read_instruction_features_1() { std::uint64_t v; asm volatile("mrs %0, id_aa64isar1_el1" : "=r"(v)); return v; }
inline std::uint64_t read_instruction_features_2() { std::uint64_t v; asm volatile("mrs %0, S3_0_C0_C6_2" : "=r"(v)); return v; }
inline std::uint64_t read_control() { std::uint64_t v; asm volatile("mrs %0, sctlr_el1" : "=r"(v)); return v; }
inline void write_control(std::uint64_t v) { asm volatile("msr sctlr_el1, %0" ::"r"(v) : "memory"); }
inline std::uint64_t read_main_id() { std::uint64_t v; asm volatile("mrs %0, midr_el1" : "=r"(v)); return v; }
inline std::uint64_t read_cache_type() { std::uint64_t v; asm volatile("mrs %0, ctr_el0" : "=r"(v)); return v; }

// Who may use the vector registers. What CPACR_EL1 leaves out (SVE, SME) is an undefined instruction.
inline void allow_vectors(bool user) { asm volatile("msr cpacr_el1, %0" ::"r"(std::uint64_t{user ? 3u : 1u} << 20)); }

// User mode traps after each instruction, as its PSTATE.SS says (MDSCR_EL1.SS).
inline void step_user(bool on) { asm volatile("msr mdscr_el1, %0" ::"r"(std::uint64_t{on ? 1u : 0u})); }

// `words` 8-byte words of zeros.
[[gnu::always_inline]] inline void fill_words(std::byte* start, std::uint64_t words) {
  std::uint64_t pairs = words / 2;
  if (pairs != 0) {
    asm volatile("1: stp xzr, xzr, [%0], #16; subs %1, %1, #1; b.ne 1b" : "+r"(start), "+r"(pairs)::"memory", "cc");
  }
  if (words % 2 != 0) asm volatile("str xzr, [%0]" ::"r"(start) : "memory");
}

}  // namespace tessera::nucleus::arch
