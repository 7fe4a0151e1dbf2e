// SPDX-License-Identifier: Apache-2.0
// /proc/cpuinfo from the CPUID instruction (Intel SDM, volume 2, CPUID).
#include <cpuid.h>

#include <array>
#include <bit>
#include <cstring>

#include "components/linux/fs/proc/proc.hpp"
#include "components/linux/fs/text.hpp"
#include "components/linux/process/contract.hpp"

namespace tessera::lx {
namespace {

using Registers = std::array<std::uint32_t, 4>;  // eax, ebx, ecx, edx

Registers cpuid(std::uint32_t leaf) {
  Registers r{};
  __cpuid(leaf, r[0], r[1], r[2], r[3]);
  return r;
}

void put_characters(std::string& to, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8)
    if (char c = static_cast<char>(word >> shift & 0xff); c != '\0') to.push_back(c);
}

struct Feature {
  std::uint32_t leaf, index, bit;  // register: 0 eax .. 3 edx
  std::string_view name;
};
constexpr std::array kFeatures{
    Feature{1, 3, 0, "fpu"},      Feature{1, 3, 4, "tsc"},     Feature{1, 3, 5, "msr"},     Feature{1, 3, 6, "pae"},
    Feature{1, 3, 8, "cx8"},      Feature{1, 3, 9, "apic"},    Feature{1, 3, 15, "cmov"},   Feature{1, 3, 19, "clflush"},
    Feature{1, 3, 23, "mmx"},     Feature{1, 3, 24, "fxsr"},   Feature{1, 3, 25, "sse"},    Feature{1, 3, 26, "sse2"},
    Feature{1, 2, 0, "pni"},      Feature{1, 2, 1, "pclmulqdq"}, Feature{1, 2, 9, "ssse3"}, Feature{1, 2, 13, "cx16"},
    Feature{1, 2, 19, "sse4_1"},  Feature{1, 2, 20, "sse4_2"}, Feature{1, 2, 22, "movbe"},  Feature{1, 2, 23, "popcnt"},
    Feature{1, 2, 25, "aes"},     Feature{1, 2, 30, "rdrand"}, Feature{0x80000001, 3, 11, "syscall"},
    Feature{0x80000001, 3, 20, "nx"}, Feature{0x80000001, 3, 29, "lm"},
};

}  // namespace

std::string cpu_text() {
  Registers vendor = cpuid(0), version = cpuid(1);
  std::string vendor_name, model_name, features;
  put_characters(vendor_name, vendor[1]);
  put_characters(vendor_name, vendor[3]);
  put_characters(vendor_name, vendor[2]);
  if (cpuid(0x80000000)[0] >= 0x80000004)
    for (std::uint32_t leaf = 0x80000002; leaf <= 0x80000004; ++leaf)
      for (std::uint32_t word : cpuid(leaf)) put_characters(model_name, word);
  std::uint32_t family = version[0] >> 8 & 0xf, model = version[0] >> 4 & 0xf;
  if (family == 6 || family == 15) model |= version[0] >> 12 & 0xf0;
  if (family == 15) family += version[0] >> 20 & 0xff;
  for (const Feature& feature : kFeatures)
    if ((cpuid(feature.leaf).at(feature.index) >> feature.bit & 1) != 0) (features += ' ').append(feature.name);
  // All cores are of one kind; each is shown as one of a single package.
  const ProcessorSet online = online_processors();
  Text text;
  for_each_processor(online, [&](unsigned number) {
    text << "processor\t: " << number << "\nvendor_id\t: " << vendor_name << "\ncpu family\t: " << family << "\nmodel\t\t: "
         << model << "\nmodel name\t: " << model_name << "\nstepping\t: " << (version[0] & 0xf)
         << "\nphysical id\t: 0\nsiblings\t: " << std::popcount(online) << "\ncore id\t\t: " << number
         << "\ncpu cores\t: " << std::popcount(online) << "\nfpu\t\t: yes\nflags\t\t:" << features << "\n\n";
  });
  return text.take();
}

}  // namespace tessera::lx
