// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/trust.hpp"

#include <algorithm>

#include "lib/format/signatures.hpp"

namespace tessera::genesis {

namespace {

// By grant or by request.
bool may_have_hardware(const Component& component) {
  std::string_view lines = component.what.lines;
  while (const auto line = format::take_line(lines)) {
    if (line->key != "grant" && line->key != "request") continue;
    std::string_view rest = line->rest;
    const auto name = format::take_field(rest);
    if (name == "device" || name == "ports" || name == "interrupt") return true;
  }
  return false;
}

}  // namespace

void Trust::begin(const format::Manifest& manifest, const format::Bundle& bundle) {
  key_ = signature::parse_key(manifest.key);
  const auto entry = bundle.find("signatures");
  if (entry && entry->kind == format::EntryKind::signatures && bundle.check_content(*entry)) signatures_ = bundle.content(*entry);
}

Trust::Answer Trust::check(std::string_view name, std::span<const std::byte> program, const signature::Signature& with) const {
  if (!key_) return std::unexpected("the manifest has no key to check its program with");
  if (!signature::is_signed(signature::digest_of(name, program), with, *key_)) return std::unexpected("the signature of its program is wrong");
  return {};
}

Trust::Answer Trust::look(std::string_view name, std::span<const std::byte> program) const {
  const auto with = format::find_signature(signatures_, name);
  if (!with) return std::unexpected("its program is not signed");
  return check(name, program, *with);
}

Trust::Answer Trust::check(const Component& component) {
  // One that was brought in was looked at when it came.
  if (component.is_loaded() || !may_have_hardware(component)) return {};
  const auto program = component.program_file();
  const auto known = std::ranges::find(std::span(seen_).first(seen_count_), program.data(), &Seen::program);
  if (known != std::span(seen_).first(seen_count_).end()) return known->answer;
  const Answer answer = look(component.program_name(), program);
  if (seen_count_ < seen_.size()) seen_.at(seen_count_++) = {.program = program.data(), .answer = answer};
  return answer;
}

}  // namespace tessera::genesis
