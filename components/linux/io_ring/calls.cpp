// SPDX-License-Identifier: Apache-2.0
// io_uring_setup and io_uring_enter.
#include <algorithm>
#include <bit>

#include "components/linux/fs/file_system.hpp"
#include "components/linux/fs/syscall_support.hpp"
#include "components/linux/io_ring/ring.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/process/thread.hpp"
#include "components/linux/time/convert.hpp"

namespace tessera::lx {

namespace {

using namespace ring_abi;

constexpr std::uint32_t kMostSubmissions = 32768, kMostCompletions = 2 * kMostSubmissions;

// A power of two up to `most`; EINVAL, unless the caller lets itself be brought down to it.
Result<std::uint32_t> entries(std::uint32_t wanted, std::uint32_t most, bool clamp) {
  if (wanted == 0) return fail(Errno::einval);
  if (wanted > most && !clamp) return fail(Errno::einval);
  return std::bit_ceil(std::min(wanted, most));
}

struct Wait {
  std::uint64_t deadline_ns = kNoDeadline;
  std::uint64_t mask = 0, mask_bytes = 0;
};

Result<Wait> wait_argument(std::uint32_t flags, std::uint64_t address, std::uint64_t bytes) {
  if ((flags & kEnterExtendedArgument) == 0) return Wait{.mask = address, .mask_bytes = bytes};
  struct Extended {
    std::uint64_t mask = 0;
    std::uint32_t mask_bytes = 0, padding = 0;
    std::uint64_t time = 0;
  };
  if (bytes != sizeof(Extended)) return fail(Errno::einval);
  const auto given = TRY(read_guest<Extended>(address));
  if (given.padding != 0) return fail(Errno::einval);
  Wait wait{.mask = given.mask, .mask_bytes = given.mask_bytes};
  if (given.time != 0) {
    const auto time = TRY(read_guest<GuestTimespec>(given.time));
    wait.deadline_ns = after(monotonic_ns(), TRY(ns_of(time)));
  }
  return wait;
}

}  // namespace

Result<std::int64_t> sys_io_uring_setup(const Arguments& a) {
  auto parameters = TRY(read_guest<Parameters>(a[1]));
  constexpr std::uint32_t kKnown = kSetupCompletionSize | kSetupClamp | kSetupSubmitAll | kSetupCooperative;
  if (std::ranges::any_of(parameters.reserved, [](std::uint32_t word) { return word != 0; })) return fail(Errno::einval);
  if ((parameters.flags & ~kKnown) != 0) return fail(Errno::einval);
  const bool clamp = (parameters.flags & kSetupClamp) != 0;
  const std::uint32_t asked = parameters.completions;
  parameters.submissions = TRY(entries(low32(a[0]), kMostSubmissions, clamp));
  parameters.completions = 2 * parameters.submissions;
  if ((parameters.flags & kSetupCompletionSize) != 0) {
    parameters.completions = TRY(entries(asked, kMostCompletions, clamp));
    if (parameters.completions < parameters.submissions) return fail(Errno::einval);
  }
  parameters.features = kFeatureSingleMap | kFeatureNoDrop | kFeatureSubmitStable | kFeatureCurrentPosition |
                        kFeatureCurrentPersonality | kFeatureFastPoll | kFeaturePoll32 | kFeatureExtendedArgument |
                        kFeatureSkipSuccess | kFeatureLinkedFile;
  Ref<IoRing> ring = TRY(IoRing::make(parameters));
  auto inode = make_ref<Inode>(anonymous_file_system(), next_anonymous_inode());
  inode->attributes.mode = 0600;
  ring->path = unnamed_path("anon_inode:[io_uring]", inode);
  TRY(write_guest(a[1], parameters));
  return TRY(current_files().install(std::move(ring), true));
}

Result<std::int64_t> sys_io_uring_enter(const Arguments& a) {
  const std::uint32_t flags = low32(a[3]);
  constexpr std::uint32_t kKnown = kEnterGetEvents | kEnterWakeUp | kEnterWaitForRoom | kEnterExtendedArgument;
  if ((flags & ~kKnown) != 0) return fail(Errno::einval);
  const Ref<File> file = TRY(file_at(a[0]));
  IoRing* const ring = file->io_ring();
  if (ring == nullptr) return fail(Errno::eopnotsupp);
  std::int64_t submitted = 0;
  if (low32(a[1]) != 0) {
    submitted = TRY(ring->submit(low32(a[1])));
    // What was not taken is to be looked at before anything is waited for.
    if (submitted != low32(a[1])) return submitted;
  }
  if ((flags & kEnterGetEvents) == 0) return submitted;
  const auto wait = [&]() -> Result<void> {
    const Wait wanted = TRY(wait_argument(flags, a[4], a[5]));
    if (wanted.mask != 0) TRY(begin_temporary_mask(wanted.mask, wanted.mask_bytes));
    return ring->wait(low32(a[2]), wanted.deadline_ns);
  }();
  if (!wait && submitted == 0) return fail(wait.error());
  return submitted;
}

}  // namespace tessera::lx
