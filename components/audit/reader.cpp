// SPDX-License-Identifier: Apache-2.0
#include "components/audit/reader.hpp"

#include <atomic>

#include "lib/rt/raw_memory.hpp"

namespace tessera::audit {

Ring::Ring(std::string_view name, std::uint64_t serial, std::uint64_t address, std::uint64_t bytes)
    : name_(name),
      serial_(serial),
      head_(&rt::object_at<abi::AuditRing>(address)),
      records_(rt::span_at<abi::AuditRecord>(address + sizeof(abi::AuditRing), bytes / sizeof(abi::AuditRecord) - 1)) {}

std::optional<abi::AuditRecord> Ring::next() {
  const std::uint64_t written = std::atomic_ref(head_->written).load(std::memory_order_acquire);
  const std::uint64_t capacity = head_->capacity;
  const std::uint64_t read = head_->read;
  if (read == written || capacity == 0 || capacity > records_.size()) return std::nullopt;
  const abi::AuditRecord record = records_[read % capacity];
  std::atomic_ref(head_->read).store(read + 1, std::memory_order_release);
  return record;
}

}  // namespace tessera::audit
