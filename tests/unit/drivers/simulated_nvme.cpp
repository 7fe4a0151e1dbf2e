// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/drivers/simulated_nvme.hpp"

#include <algorithm>
#include <cstring>

namespace tessera::test {

using namespace nvme;

std::span<std::byte> SimulatedNvme::at(std::uint64_t address, std::size_t bytes, std::string_view what) {
  if (const auto memory = memory_.at(address, bytes)) return *memory;
  complain(std::string(what) + " is no memory");
  return std::span(lost_).first(bytes);
}

std::uint32_t SimulatedNvme::read(std::size_t offset) {
  switch (offset) {
    case kCapabilitiesAt: return static_cast<std::uint32_t>(capabilities);
    case kCapabilitiesAt + 4: return static_cast<std::uint32_t>(capabilities >> 32);
    case kVersionAt: return version;
    case kConfigurationAt: return configuration_;
    case kStatusAt: return (ready_ ? kReady : 0) | (broken ? kFatal : 0);
    default: complain("a register is read that there is not"); return 0;
  }
}

void SimulatedNvme::reset() {
  ++resets;
  ready_ = broken = false;
  queues_.clear();
}

void SimulatedNvme::write(std::size_t offset, std::uint32_t value) {
  const auto half = [&](std::uint64_t& whole, bool high) {
    const unsigned by = high ? 32 : 0;
    whole = (whole & ~(std::uint64_t{0xffff'ffff} << by)) | std::uint64_t{value} << by;
    if (ready_) complain("the queues of an enabled controller change");
  };
  if (offset >= kDoorbellsAt) {
    const std::size_t number = (offset - kDoorbellsAt) / (std::size_t{4} << (capabilities >> 32 & 0xf));
    return ring(number / 2, number % 2 != 0, value);
  }
  switch (offset) {
    case kConfigurationAt: {
      const bool before = (configuration_ & kEnable) != 0, now = (value & kEnable) != 0;
      configuration_ = value;
      if (before && !now && faults.stops) reset();
      if (!before && now) {
        if (ready_) complain("it is enabled before it was off");
        if (value != (kConfiguration | kEnable)) complain("another configuration");
        queues_[0] = {.submissions_there = true, .completions_there = true, .interrupts = false, .submissions = admin_submissions_,
                      .completions = admin_completions_, .entries = (attributes_ & 0xfff) + 1, .pending = {}};
        ready_ = faults.ready;
      }
      break;
    }
    case kAdminAttributesAt: attributes_ = value; break;
    case kAdminSubmissionAt: half(admin_submissions_, false); break;
    case kAdminSubmissionAt + 4: half(admin_submissions_, true); break;
    case kAdminCompletionAt: half(admin_completions_, false); break;
    case kAdminCompletionAt + 4: half(admin_completions_, true); break;
    default: complain("a register is written that there is not");
  }
}

void SimulatedNvme::ring(std::size_t number, bool completions, std::uint32_t value) {
  ++doorbells;
  const auto queue = queues_.find(static_cast<std::uint16_t>(number));
  if (!ready_ || queue == queues_.end() || value >= queue->second.entries) return complain("a doorbell of no queue, or beyond its end");
  Queue& one = queue->second;
  if (completions) {
    const std::uint32_t waiting = (one.done + one.entries - one.taken) % one.entries;
    if ((value + one.entries - one.taken) % one.entries > waiting) complain("more answers are taken than there are");
    one.taken = value;
  } else {
    one.tail = value;
  }
}

bool SimulatedNvme::fetch(Queue& queue) {
  if (queue.head == queue.tail) return false;
  Command command;
  std::memcpy(&command, at(queue.submissions + queue.head * sizeof command, sizeof command, "a queue").data(), sizeof command);
  queue.head = (queue.head + 1) % queue.entries;
  if (std::ranges::contains(queue.pending, command.id, &Command::id)) complain("two commands have one number");
  queue.pending.push_back(command);
  return true;
}

void SimulatedNvme::answer(Queue& queue, const Completion& completion) {
  Completion written = completion;
  written.status = static_cast<std::uint16_t>(std::uint32_t{written.status} << 1 | queue.phase);
  std::memcpy(at(queue.completions + queue.done * sizeof written, sizeof written, "a queue").data(), &written, sizeof written);
  queue.done = (queue.done + 1) % queue.entries;
  if (queue.done == 0) queue.phase ^= 1;
  if (queue.done == queue.taken) complain("a queue of answers is full");
  if (queue.interrupts) on_interrupt(queue.vector);
}

// What no driver can take for the truth.
void SimulatedNvme::lie(Queue& queue, std::uint16_t number, const Command& command) {
  ++lies;
  Completion completion{.submission_head = static_cast<std::uint16_t>(queue.head), .submission_queue = number, .id = command.id};
  switch (random_() % 4) {
    case 0: completion.id = static_cast<std::uint16_t>(command.id + 128); break;  // of the slot's use after this one
    case 1: completion.id = 0xffff; break;
    case 2: completion.submission_queue = static_cast<std::uint16_t>(number + 1); break;
    default: completion.submission_head = static_cast<std::uint16_t>(queue.entries + random_() % 1000); break;
  }
  answer(queue, completion);
}

bool SimulatedNvme::finish(Queue& queue, std::uint16_t number) {
  if (queue.pending.empty()) return false;
  const std::size_t which = number == 0 ? 0 : random_() % queue.pending.size();
  const Command command = queue.pending[which];
  queue.pending.erase(queue.pending.begin() + static_cast<std::ptrdiff_t>(which));
  if (number != 0 && chance(faults.lie)) {
    lie(queue, number, command);
    return true;
  }
  if (number != 0 && chance(faults.never)) {
    ++hung;
    return true;
  }
  std::uint32_t result = 0, status = 0;
  if (number == 0) {
    status = serve_admin(command, result);
  } else if (always) {
    status = *always;
  } else if (chance(faults.fails)) {
    ++failures;
    status = 0x4;  // data transfer error
  } else {
    status = serve(command);
  }
  ++served;
  ++by_queue[number];
  answer(queue, {.result = result, .submission_head = static_cast<std::uint16_t>(queue.head), .submission_queue = number, .id = command.id,
                 .status = static_cast<std::uint16_t>(status)});
  return true;
}

bool SimulatedNvme::step() {
  if (!ready_ || broken || faults.silent) return false;
  for (auto& [number, queue] : queues_) {
    const bool fetch_first = random_() % 2 == 0;
    if (fetch_first && fetch(queue)) return true;
    if (finish(queue, number)) return true;
    if (!fetch_first && fetch(queue)) return true;
  }
  return false;
}

void SimulatedNvme::identify(const Command& command) {
  const auto page = at(command.data1, 4096, "a page");
  std::ranges::fill(page, std::byte{0});
  const auto put = [&](std::size_t offset, auto value) { std::memcpy(page.subspan(offset, sizeof value).data(), &value, sizeof value); };
  switch (command.word10) {
    case kOfController:
      put(kMostTransferAt, most_transfer);
      put(kVolatileCacheAt, cache);
      put(kOptionalCommandsAt, optional);
      break;
    case kActiveNamespaces: put(0, space); break;
    case kOfNamespace:
      if (command.space != space) complain("of another namespace");
      put(kSizeAt, sectors.value_or(content.size() >> shift));
      put(kFormatsAt, std::uint8_t{3});
      put(kFormatAt, std::uint8_t{2});
      put(kAttributesAt, protection);
      put(kFormatListAt + 8, shift << 16 | metadata);
      break;
    default: complain("something else is to be identified");
  }
}

std::uint32_t SimulatedNvme::serve_admin(const Command& command, std::uint32_t& result) {
  const auto number = static_cast<std::uint16_t>(command.word10);
  switch (static_cast<Admin>(command.opcode)) {
    case Admin::identify: identify(command); return 0;
    case Admin::set_features: result = (pairs - 1) << 16 | (pairs - 1); return 0;
    case Admin::make_completion:
      if ((command.word10 >> 16) > (capabilities & 0xffff) || number == 0 || number > pairs) complain("a queue that it does not have");
      queues_[number].completions_there = true;
      queues_[number].completions = command.data1;
      queues_[number].entries = (command.word10 >> 16) + 1;
      queues_[number].interrupts = (command.word11 & 2) != 0;
      queues_[number].vector = command.word11 >> 16;
      return 0;
    case Admin::make_submission:
      if (!queues_[number].completions_there || command.word11 >> 16 != number) complain("a queue without one for its answers");
      queues_[number].submissions_there = true;
      queues_[number].submissions = command.data1;
      return 0;
  }
  complain("a command of its own that there is not");
  return kInvalidOpcode;
}

std::vector<std::span<std::byte>> SimulatedNvme::data_of(const Command& command, std::size_t bytes) {
  std::vector<std::span<std::byte>> parts;
  // What is left behind this part.
  const auto add = [&](std::uint64_t address, std::size_t left) {
    const std::size_t part = std::min<std::size_t>(left, kPage - address % kPage);
    if (address % 4 != 0 || (!parts.empty() && address % kPage != 0)) complain("an address is not where one may be");
    parts.push_back(at(address, part, "data"));
    return left - part;
  };
  std::size_t left = add(command.data1, bytes);
  if (left == 0) return parts;
  if (left <= kPage) {
    (void)add(command.data2, left);
    return parts;
  }
  for (std::uint64_t entry = command.data2; left > 0; entry += 8) {
    if (entry != command.data2 && entry % kPage == 0) complain("a list leaves its page");
    std::uint64_t address = 0;
    std::memcpy(&address, at(entry, sizeof address, "a list").data(), sizeof address);
    left = add(address, left);
  }
  return parts;
}

std::uint32_t SimulatedNvme::serve(const Command& command) {
  if (command.space != space) complain("for another namespace");
  const std::uint64_t first = (std::uint64_t{command.word11} << 32 | command.word10) << shift;
  const std::size_t bytes = (std::size_t{command.word12 & 0xffff} + 1) << shift;
  const auto inside = [&](std::uint64_t from, std::uint64_t count) { return from <= content.size() && count <= content.size() - from; };
  switch (static_cast<Kind>(command.opcode)) {
    case Kind::flush: ++flushes; return 0;
    case Kind::read:
    case Kind::write: {
      if (!inside(first, bytes) || (most_transfer != 0 && bytes > kPage << most_transfer)) {
        complain("outside of the disk, or too much at once");
        return 0x80;
      }
      auto here = std::span(content).subspan(first, bytes);
      for (const auto part : data_of(command, bytes)) {
        if (command.opcode == static_cast<std::uint8_t>(Kind::read)) std::ranges::copy(here.first(part.size()), part.begin());
        else std::ranges::copy(part, here.begin());
        here = here.subspan(part.size());
      }
      if ((command.word12 & kDurable) != 0) ++durable;
      return 0;
    }
    case Kind::dataset: {
      Range range;
      std::memcpy(&range, at(command.data1, sizeof range, "a range").data(), sizeof range);
      ++discards;
      const std::uint64_t from = range.first << shift, count = std::uint64_t{range.blocks} << shift;
      if (command.word10 != 0 || command.word11 != kDeallocate || !inside(from, count)) complain("a bad discard");
      else std::ranges::fill(std::span(content).subspan(from, count), std::byte{0xdd});
      return 0;
    }
  }
  return kInvalidOpcode;
}

}  // namespace tessera::test
