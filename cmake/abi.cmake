# SPDX-License-Identifier: Apache-2.0
# Headers generated from abi/*.toml. C++: <abi/NAME.hpp>, <abi/NAME.client.hpp>, <abi/NAME.methods.hpp>;
# C: <abi/NAME.h>; assembler: <abi/NAME.inc>; Rust: NAME.rs; reference: NAME.md.
set(TESSERA_GENERATED ${CMAKE_BINARY_DIR}/generated)

# tessera_abi(FILE.toml): generates its headers; they are part of the target abi_headers.
function(tessera_abi source)
  get_filename_component(name ${source} NAME_WE)
  set(outputs)
  foreach(suffix hpp client.hpp methods.hpp h inc rs md)
    list(APPEND outputs ${TESSERA_GENERATED}/abi/${name}.${suffix})
  endforeach()
  file(RELATIVE_PATH shown ${CMAKE_SOURCE_DIR} ${source})
  add_custom_command(OUTPUT ${outputs}
    COMMAND abigen ${shown} ${TESSERA_GENERATED}/abi
    DEPENDS abigen ${source}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    COMMENT "Generating the interface ${name}" VERBATIM)
  set_property(GLOBAL APPEND PROPERTY TESSERA_ABI_OUTPUTS ${outputs})
endfunction()

# tessera_protocol(FILE.toml): the same for a protocol. C++: <abi/protocols/NAME.hpp>; C: .h; Rust: .rs; reference: .md.
function(tessera_protocol source)
  get_filename_component(name ${source} NAME_WE)
  set(outputs)
  foreach(suffix hpp h rs md)
    list(APPEND outputs ${TESSERA_GENERATED}/abi/protocols/${name}.${suffix})
  endforeach()
  file(RELATIVE_PATH shown ${CMAKE_SOURCE_DIR} ${source})
  add_custom_command(OUTPUT ${outputs}
    COMMAND abigen --protocol ${shown} ${TESSERA_GENERATED}/abi/protocols
    DEPENDS abigen ${source}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    COMMENT "Generating the protocol ${name}" VERBATIM)
  set_property(GLOBAL APPEND PROPERTY TESSERA_ABI_OUTPUTS ${outputs})
endfunction()
