// SPDX-License-Identifier: Apache-2.0
// Layouts and numbers of io_uring(7) that programs see.
#pragma once

#include <array>
#include <cstdint>

namespace tessera::lx::ring_abi {

// struct io_uring_sqe. Fields that mean something else for some operation are named after their most
// common use: `offset` is also addr2, `flags` the operation's own (rw_flags, poll events, ...).
struct Submission {
  std::uint8_t operation = 0, options = 0;  // IOSQE_*
  std::uint16_t priority = 0;
  std::int32_t descriptor = -1;
  std::uint64_t offset = 0, address = 0;
  std::uint32_t length = 0, flags = 0;
  std::uint64_t user_data = 0;
  std::uint16_t buffer = 0, personality = 0;
  std::int32_t other_descriptor = 0;  // splice_fd_in, file_index
  std::array<std::uint64_t, 2> padding{};
};
static_assert(sizeof(Submission) == 64);

struct Completion {
  std::uint64_t user_data = 0;
  std::int32_t result = 0;
  std::uint32_t flags = 0;
};
static_assert(sizeof(Completion) == 16);

struct SubmissionOffsets {
  std::uint32_t head = 0, tail = 0, ring_mask = 0, ring_entries = 0, flags = 0, dropped = 0, array = 0, reserved = 0;
  std::uint64_t user_address = 0;
};
struct CompletionOffsets {
  std::uint32_t head = 0, tail = 0, ring_mask = 0, ring_entries = 0, overflow = 0, entries = 0, flags = 0, reserved = 0;
  std::uint64_t user_address = 0;
};
struct Parameters {
  std::uint32_t submissions = 0, completions = 0, flags = 0, poll_thread_cpu = 0, poll_thread_idle = 0, features = 0,
                workers = 0;
  std::array<std::uint32_t, 3> reserved{};
  SubmissionOffsets submission_offsets;
  CompletionOffsets completion_offsets;
};
static_assert(sizeof(Parameters) == 120);

// Flags of setup.
inline constexpr std::uint32_t kSetupCompletionSize = 1 << 3, kSetupClamp = 1 << 4, kSetupSubmitAll = 1 << 7,
                               kSetupCooperative = 1 << 8;
inline constexpr std::uint32_t kFeatureSingleMap = 1 << 0, kFeatureNoDrop = 1 << 1, kFeatureSubmitStable = 1 << 2,
                               kFeatureCurrentPosition = 1 << 3, kFeatureCurrentPersonality = 1 << 4,
                               kFeatureFastPoll = 1 << 5, kFeaturePoll32 = 1 << 6, kFeatureExtendedArgument = 1 << 8,
                               kFeatureSkipSuccess = 1 << 11, kFeatureLinkedFile = 1 << 12;
// Where mmap finds the parts.
inline constexpr std::uint64_t kMapSubmissionRing = 0, kMapCompletionRing = 0x8000000, kMapSubmissions = 0x10000000;
// IOSQE_*.
inline constexpr std::uint8_t kFixedFile = 1 << 0, kDrain = 1 << 1, kLink = 1 << 2, kHardLink = 1 << 3, kAsync = 1 << 4,
                              kBufferSelect = 1 << 5, kSkipSuccess = 1 << 6;
inline constexpr std::uint32_t kCompletionMore = 1 << 1;       // IORING_CQE_F_MORE
inline constexpr std::uint32_t kSubmissionFlagOverflow = 1 << 1;  // IORING_SQ_CQ_OVERFLOW
// Flags of enter.
inline constexpr std::uint32_t kEnterGetEvents = 1 << 0, kEnterWakeUp = 1 << 1, kEnterWaitForRoom = 1 << 2,
                               kEnterExtendedArgument = 1 << 3;

enum Operation : std::uint8_t {
  kNop, kReadVector, kWriteVector, kFsync, kReadFixed, kWriteFixed, kPollAdd, kPollRemove, kSyncFileRange, kSendMessage,
  kReceiveMessage, kTimeout, kTimeoutRemove, kAccept, kAsyncCancel, kLinkTimeout, kConnect, kFallocate, kOpenAt, kClose,
  kFilesUpdate, kStatx, kRead, kWrite, kFadvise, kMadvise, kSend, kReceive, kOpenAt2, kEpollControl, kSplice,
  kProvideBuffers, kRemoveBuffers, kTee, kShutdown, kRenameAt, kUnlinkAt, kMkdirAt, kSymlinkAt, kLinkAt, kMessageRing,
  kSetAttributeOfFile, kSetAttribute, kGetAttributeOfFile, kGetAttribute, kMakeSocket,
  kOperationCount,
};

// Flags of single operations.
inline constexpr std::uint32_t kFsyncData = 1;
inline constexpr std::uint32_t kPollMulti = 1 << 0;  // in `length`
inline constexpr std::uint32_t kTimeoutAbsolute = 1 << 0, kTimeoutUpdate = 1 << 1, kTimeoutBoottime = 1 << 2,
                               kTimeoutRealtime = 1 << 3, kLinkTimeoutUpdate = 1 << 4, kTimeoutSuccess = 1 << 5;
inline constexpr std::uint32_t kCancelAll = 1 << 0, kCancelByFile = 1 << 1, kCancelAny = 1 << 2;
inline constexpr std::uint32_t kSpliceFixedIn = 1u << 31;

}  // namespace tessera::lx::ring_abi
