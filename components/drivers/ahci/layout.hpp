// SPDX-License-Identifier: Apache-2.0
// What a SATA adapter, its disk and their driver agree on: Serial ATA AHCI 1.3.1 ("AHCI" below), ATA/ATAPI Command Set - 3
// ("ACS" below).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace tessera::ahci {

// The adapter's registers (AHCI 3.1).
inline constexpr std::size_t kCapabilitiesAt = 0x00, kControlAt = 0x04, kInterruptsAt = 0x08, kPortsAt = 0x0c, kCapabilities2At = 0x24, kHandoffAt = 0x28;
inline constexpr std::uint32_t kSpinUpByDriver = 1u << 27, kQueues = 1u << 30, kWide = 1u << 31;  // capabilities
inline constexpr std::uint32_t kResetAdapter = 1u << 0, kInterruptsOn = 1u << 1, kAhciOn = 1u << 31;  // control
inline constexpr std::uint32_t kCanHandOff = 1u << 0;                                                  // capabilities 2
inline constexpr std::uint32_t kFirmwareOwns = 1u << 0, kSystemOwns = 1u << 1, kFirmwareBusy = 1u << 4;  // handoff

// A port's (AHCI 3.3).
inline constexpr unsigned kMostPorts = 32;
inline constexpr std::size_t kPortAt = 0x100, kPortBytes = 0x80;
inline constexpr std::size_t kListAt = 0x00, kFramesAt = 0x08, kPortInterruptsAt = 0x10, kInterruptEnableAt = 0x14, kCommandAt = 0x18, kTaskFileAt = 0x20,
                             kSignatureAt = 0x24, kLinkAt = 0x28, kLinkControlAt = 0x2c, kLinkErrorsAt = 0x30, kActiveAt = 0x34, kIssueAt = 0x38;
inline constexpr std::uint32_t kStart = 1u << 0, kSpinUp = 1u << 1, kPower = 1u << 2, kFrames = 1u << 4, kFramesRun = 1u << 14, kRuns = 1u << 15;  // command
inline constexpr std::uint32_t kAnswered = 1u << 0 | 1u << 1 | 1u << 2 | 1u << 3;  // interrupts: frames that end commands
inline constexpr std::uint32_t kLinkChanged = 1u << 6 | 1u << 22, kBusFailed = 1u << 24 | 1u << 27 | 1u << 28 | 1u << 29, kTaskFailed = 1u << 30;
inline constexpr std::uint32_t kBusy = 0x80, kWantsData = 0x08, kError = 0x01, kAborted = 0x04 << 8;  // task file
inline constexpr std::uint32_t kDiskSignature = 0x0000'0101;
inline constexpr std::uint32_t kLinkMask = 0xf, kLinkUp = 3, kLinkReset = 1;
// A register of a function that is gone, or decodes nothing.
inline constexpr std::uint32_t kNobody = 0xffff'ffff;

// Commands of the disk (ACS 7).
enum class Kind : std::uint8_t {
  trim = 0x06,
  read = 0x25,
  write = 0x35,
  read_queued = 0x60,
  write_queued = 0x61,
  flush = 0xea,
  identify = 0xec,
};

// In memory (AHCI 4.2).
inline constexpr std::size_t kSlots = 32, kMostParts = 64;
struct Header {
  std::uint16_t flags = 0;  // length of the frame in words, and kWrite
  std::uint16_t parts = 0;
  std::uint32_t done_bytes = 0;  // the adapter's
  std::uint64_t table = 0;
  std::array<std::uint32_t, 4> reserved{};
};
static_assert(sizeof(Header) == 32);
inline constexpr std::uint16_t kFrameWords = 5, kWrite = 1u << 6;

// A frame with a command, to the disk (Serial ATA, 10.5.5).
struct Frame {
  std::uint8_t type = 0x27;
  std::uint8_t flags = 0x80;  // it is a command
  Kind command = Kind::identify;
  std::uint8_t feature_low = 0;
  std::array<std::uint8_t, 3> address_low{};
  std::uint8_t device = 0;
  std::array<std::uint8_t, 3> address_high{};
  std::uint8_t feature_high = 0;
  std::uint16_t count = 0;
  std::uint16_t control = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(Frame) == 20);
inline constexpr std::uint8_t kByAddress = 1u << 6;  // device

struct Part {
  std::uint64_t address = 0;
  std::uint32_t reserved = 0;
  std::uint32_t last_byte = 0;  // bytes - 1
};
static_assert(sizeof(Part) == 16);
inline constexpr std::size_t kPartsAt = 0x80, kTableBytes = kPartsAt + kMostParts * sizeof(Part);

// What is to be trimmed, an entry of 64: the first sector, and in the upper 16 bits how many.
inline constexpr std::size_t kTrimEntries = 64;
inline constexpr std::uint64_t kMostTrimmed = 0xffff;

}  // namespace tessera::ahci
