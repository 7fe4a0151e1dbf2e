// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/loader.hpp"

#include <machine_kind.hpp>

#include <abi/nucleus.client.hpp>
#include <abi/start.hpp>
#include <cstring>

#include "components/genesis/window.hpp"

namespace tessera::genesis {

format::Parsed<format::LoadPlan> plan_program(const Component& component, std::span<const std::byte> program) {
  return format::plan_elf(program, kElfMachine, abi::kImageAddress + component.area, abi::kStartAddress + component.area);
}

namespace {

void fill(std::span<std::byte> place, const format::Segment& segment, std::span<const std::byte> file) {
  std::memset(place.data(), 0, segment.lead_bytes);
  const auto content = file.subspan(segment.file_offset, segment.file_bytes);
  if (!content.empty()) std::memcpy(place.subspan(segment.lead_bytes, content.size()).data(), content.data(), content.size());
  const auto rest = place.subspan(segment.lead_bytes + content.size());
  std::memset(rest.data(), 0, rest.size());
}

std::uint64_t rights_of(const format::Segment& segment, bool landing_pads) {
  const std::uint64_t run = abi::kRightExecute | (landing_pads ? abi::kMapGuarded : 0);
  return abi::kRightRead | (segment.write ? abi::kRightWrite : 0) | (segment.execute ? run : 0);
}

}  // namespace

std::expected<void, abi::Error> load_program(const format::LoadPlan& plan, std::span<const std::byte> file, Handle memory, Handle space) {
  {
    const Window window(memory, plan.end() - plan.start(), abi::kRightRead | abi::kRightWrite);
    if (!window.valid()) return std::unexpected(window.error());
    for (const format::Segment& segment : plan.all()) {
      fill(window.bytes().subspan(segment.address - plan.start(), segment.memory_bytes), segment, file);
    }
  }
  const auto attachment = abi::address_space_attach(space, memory, abi::kRightRead | abi::kRightWrite | abi::kRightExecute);
  if (!attachment) return std::unexpected(attachment.error());
  for (const format::Segment& segment : plan.all()) {
    const auto done = abi::address_space_map(space, segment.address, *attachment, segment.address - plan.start(),
                                             segment.memory_bytes / abi::kPageBytes, rights_of(segment, plan.landing_pads));
    if (!done) return std::unexpected(done.error());
  }
  return {};
}

}  // namespace tessera::genesis
