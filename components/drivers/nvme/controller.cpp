// SPDX-License-Identifier: Apache-2.0
#include "components/drivers/nvme/controller.hpp"

#include <algorithm>
#include <cstring>

#include "components/drivers/nvme/data_pointer.hpp"

namespace tessera::nvme {

using Failure = std::unexpected<std::string_view>;

namespace {

constexpr std::uint64_t kAnswerNs = 10'000'000'000;    // of a command of the controller's own
constexpr std::uint64_t kReadyUnitNs = 500'000'000;    // of CAP.TO
constexpr std::uint32_t kOldest = 0x1'0100;            // version 1.1, which can list namespaces

}  // namespace

template <typename T>
T Controller::found_at(std::size_t offset) const {
  T value;
  std::memcpy(&value, page_.bytes().subspan(offset, sizeof value).data(), sizeof value);
  return value;
}

bool Controller::broken() {
  const std::uint32_t status = registers_.read(kStatusAt);
  return status == kNobody || (status & kFatal) != 0;
}

// NVMe 3.1.5 and 7.3.2. Afterwards it touches no memory.
Controller::Done Controller::reset() {
  const std::uint64_t capabilities = registers_.read64(kCapabilitiesAt);
  if (static_cast<std::uint32_t>(capabilities) == kNobody) return Failure("it is gone");
  patience_ns_ = std::max<std::uint64_t>(capabilities >> 24 & 0xff, 1) * kReadyUnitNs;
  most_entries_ = static_cast<std::uint16_t>(std::min<std::uint64_t>((capabilities & 0xffff) + 1, kEntries));
  doorbell_bytes_ = std::size_t{4} << (capabilities >> 32 & 0xf);
  const std::uint32_t configured = registers_.read(kConfigurationAt);
  const auto ready = [&] { return (registers_.read(kStatusAt) & kReady) != 0; };
  // Disabled before it was ready, it may do anything; one that is broken never gets ready.
  if ((configured & kEnable) != 0) (void)ddk::wait_for(registers_, now_ns_, patience_ns_, [&] { return ready() || broken(); });
  registers_.write(kConfigurationAt, configured & ~kEnable);
  if (!ddk::wait_for(registers_, now_ns_, patience_ns_, [&] { return !ready(); })) return Failure("it does not reset");

  if (most_entries_ < 2) return Failure("its queues are too short");
  if ((capabilities >> 37 & 1) == 0) return Failure("it has no NVM commands");
  if ((capabilities >> 48 & 0xf) != 0) return Failure("its pages are larger than 4 KiB");
  if (doorbell(wishes_.pairs, true) + sizeof(std::uint32_t) > registers_.size()) return Failure("its registers are not all there");
  return {};
}

// NVMe 7.6.1.
Controller::Done Controller::enable() {
  admin_ = QueuePair(memory_, 0, kAdminEntries);
  page_ = memory_.part(QueuePair::bytes_for(kAdminEntries), kPage);
  registers_.write(kAdminAttributesAt, (kAdminEntries - 1u) << 16 | (kAdminEntries - 1u));
  registers_.write64(kAdminSubmissionAt, admin_.submissions_address());
  registers_.write64(kAdminCompletionAt, admin_.completions_address());
  registers_.write(kConfigurationAt, kConfiguration | kEnable);
  const bool ready = ddk::wait_for(registers_, now_ns_, patience_ns_, [&] { return (registers_.read(kStatusAt) & kReady) != 0 || broken(); });
  if (broken()) return Failure("it breaks when it is enabled");
  return ready ? Done{} : Failure("it does not get ready");
}

std::expected<std::uint32_t, std::string_view> Controller::ask(Command command) {
  admin_.submit(command);
  tell_new(admin_, 0);
  const std::uint64_t limit = now_ns_() + kAnswerNs;
  for (;;) {
    const auto answer = admin_.take();
    if (!answer) return Failure(answer.error());
    if (const auto& got = *answer) {
      tell_taken(admin_, 0);
      if (got->id != command.id) return Failure("it answered what nobody asked");
      if ((got->status >> 1 & kStatusCode) != 0) return Failure("it refuses a command of its own");
      return got->result;
    }
    if (broken()) return Failure("it broke");
    if (now_ns_() > limit) return Failure("it does not answer");
    registers_.pause();
  }
}

Controller::Done Controller::identify(std::uint32_t which, std::uint32_t space) {
  Command command;
  command.opcode = static_cast<std::uint8_t>(Admin::identify);
  command.space = space;
  command.data1 = page_.address();
  command.word10 = which;
  const auto done = ask(command);
  return done ? Done{} : Failure(done.error());
}

std::expected<Controller::Found, std::string_view> Controller::look() {
  if (const auto done = identify(kOfController, 0); !done) return Failure(done.error());
  Found found;
  const auto most = found_at<std::uint8_t>(kMostTransferAt);
  const std::uint64_t most_pages = most == 0 ? kListEntries : std::uint64_t{1} << std::min<unsigned>(most, 20);
  found.facts.most_bytes = static_cast<std::uint32_t>(std::min<std::uint64_t>(most_pages * kPage, kMostBytes));
  found.facts.most_pieces = block_driver::Disk::kMostPieces;
  found.facts.can_flush = (found_at<std::uint8_t>(kVolatileCacheAt) & 1) != 0;
  found.facts.can_discard = (found_at<std::uint16_t>(kOptionalCommandsAt) & kHasDataset) != 0;

  found.space = 1;
  if (registers_.read(kVersionAt) >= kOldest) {
    if (const auto done = identify(kActiveNamespaces, 0); !done) return Failure(done.error());
    found.space = found_at<std::uint32_t>(0);
    if (found.space == 0) return Failure("it has no namespace");
  }
  if (const auto done = identify(kOfNamespace, found.space); !done) return Failure(done.error());
  if (const auto done = format_of(found); !done) return Failure(done.error());
  return found;
}

// NVMe 5.15.2.1, figure 245.
Controller::Done Controller::format_of(Found& found) {
  const auto formats = found_at<std::uint8_t>(kFormatsAt), number = static_cast<std::uint8_t>(found_at<std::uint8_t>(kFormatAt) & 0xf);
  if (number > formats || number > 15) return Failure("its format is none of those that it has");
  const auto format = found_at<std::uint32_t>(kFormatListAt + number * sizeof(std::uint32_t));
  if ((format & 0xffff) != 0) return Failure("its sectors have metadata, which is not supported");
  const std::uint32_t shift = format >> 16 & 0xff;
  if (shift < 9 || shift > 12) return Failure("its sectors have a size that is not supported");
  const auto sectors = std::min(found_at<std::uint64_t>(kSizeAt), ~std::uint64_t{0} >> shift);
  if (sectors == 0) return Failure("its namespace is empty");
  found.facts.sector_bytes = 1u << shift;
  found.facts.bytes = sectors << shift;
  found.facts.read_only = (found_at<std::uint8_t>(kAttributesAt) & kWriteProtected) != 0;
  found.facts.can_discard = found.facts.can_discard && !found.facts.read_only;
  return {};
}

// NVMe 5.3, 5.4 and 5.21.1.7.
Controller::Done Controller::make_pairs() {
  const auto wanted = static_cast<std::uint32_t>(wishes_.pairs - 1);
  Command features;
  features.opcode = static_cast<std::uint8_t>(Admin::set_features);
  features.word10 = kNumberOfQueues;
  features.word11 = wanted << 16 | wanted;
  const auto given = ask(features);
  if (!given) return Failure(given.error());
  pair_count_ = std::min({wishes_.pairs, std::size_t{*given & 0xffff} + 1, std::size_t{*given >> 16} + 1});
  std::size_t at = QueuePair::bytes_for(kAdminEntries) + kPage;
  for (std::size_t index = 0; index < pair_count_; ++index) {
    const auto number = static_cast<std::uint16_t>(index + 1);
    QueuePair& pair = pairs_.at(index) = QueuePair(memory_.part(at, QueuePair::bytes_for(most_entries_)), number, most_entries_);
    at += QueuePair::bytes_for(kEntries);
    Command completions;
    completions.opcode = static_cast<std::uint8_t>(Admin::make_completion);
    completions.data1 = pair.completions_address();
    completions.word10 = (most_entries_ - 1u) << 16 | number;
    constexpr std::uint32_t kInOnePiece = 1, kInterrupts = 2;
    completions.word11 = kInOnePiece;
    if (wishes_.interrupts != 0) completions.word11 |= static_cast<std::uint32_t>(index % wishes_.interrupts) << 16 | kInterrupts;
    if (const auto done = ask(completions); !done) return Failure(done.error());
    Command submissions;
    submissions.opcode = static_cast<std::uint8_t>(Admin::make_submission);
    submissions.data1 = pair.submissions_address();
    submissions.word10 = (most_entries_ - 1u) << 16 | number;
    submissions.word11 = std::uint32_t{number} << 16 | kInOnePiece;
    if (const auto done = ask(submissions); !done) return Failure(done.error());
  }
  return {};
}

std::expected<Controller::Found, std::string_view> Controller::bring_up() {
  pair_count_ = 0;
  if (const auto done = reset(); !done) return Failure(done.error());
  if (const auto done = enable(); !done) return Failure(done.error());
  const auto found = look();
  if (!found) return found;
  if (const auto done = make_pairs(); !done) return Failure(done.error());
  return found;
}

void Controller::tell_new(QueuePair& pair, std::size_t number) {
  if (const auto tail = pair.new_tail()) registers_.write(doorbell(number, false), *tail);
}

void Controller::tell_taken(QueuePair& pair, std::size_t number) {
  if (const auto head = pair.new_head()) registers_.write(doorbell(number, true), *head);
}

}  // namespace tessera::nvme
