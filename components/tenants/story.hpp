// SPDX-License-Identifier: Apache-2.0
// Says what happens, and notices what should not.
#pragma once

#include <string_view>

#include "components/tenants/tenant.hpp"

namespace tessera::tenants {

class Story {
 public:
  // One line: what was tried and what came of it. `right`: that is what should.
  void tell(std::string_view what, std::string_view outcome, bool right);
  // What the tenant's ring has since the last time; there must be one record at least of this event, by the giver or,
  // if `by_ancestor`, by the component itself.
  void tell_records(Tenant& tenant, const Tenant& other, std::uint8_t event, bool by_ancestor);
  // The same in one line, for what the ancestor handed out to begin with.
  void count_records(Tenant& tenant);
  [[nodiscard]] unsigned wrong() const { return wrong_; }

 private:
  unsigned wrong_ = 0;
};

}  // namespace tessera::tenants
