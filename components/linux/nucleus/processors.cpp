// SPDX-License-Identifier: Apache-2.0
#include "components/linux/nucleus/processors.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <array>

#include "lib/rt/log.hpp"
#include "lib/rt/objects.hpp"

namespace tessera::lx {

namespace {

constexpr std::uint64_t kOneCore = 1'000'000, kPeriodNs = 10'000'000;

struct Known {
  ProcessorSet online = 0;
  unsigned first = 0;
  std::array<std::uint64_t, kMostProcessors> budgets{};
};
Known known;

void add(unsigned number, std::uint64_t budget) {
  known.budgets.at(number) = budget;
  known.online |= just(number);
  several_processors = processor_count() > 1;
}

bool make_budget(unsigned core, std::uint64_t share) {
  const auto budget = rt::objects().make(tessera::abi::ObjectType::budget);
  if (!budget) return false;
  if (!tessera::abi::budget_configure(*budget, core, kPeriodNs * share / kOneCore, kPeriodNs)) {
    rt::objects().discard(*budget);
    return false;
  }
  add(core, *budget);
  return true;
}

}  // namespace

void open_processors(const tessera::abi::StartInfo& info) {
  const auto cores = static_cast<unsigned>(std::min<std::uint64_t>(info.cores, kMostProcessors));
  known.first = static_cast<unsigned>(info.core);
  add(known.first, info.budget);
  std::uint64_t left = info.processor - std::min(info.processor, kOneCore);
  for (unsigned next = 1; next < cores && left != 0; ++next) {
    const std::uint64_t share = std::min(left, kOneCore);
    if (!make_budget((known.first + next) % cores, share)) {
      rt::log("no budget for a processor: {} are used", processor_count());
      break;
    }
    left -= share;
  }
}

ProcessorSet processors() { return known.online; }
unsigned first_processor() { return known.first; }
std::uint64_t budget_of(unsigned number) { return known.budgets.at(number); }
std::uint64_t busy_ns(unsigned number) { return tessera::abi::budget_info(budget_of(number)).value_or(0); }

}  // namespace tessera::lx
