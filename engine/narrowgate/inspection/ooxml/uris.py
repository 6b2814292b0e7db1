"""Extensions that programs write (MS-XLSX 2.3, MS-ODRAWXML), by the URI in ``extLst``."""

from __future__ import annotations

from collections.abc import Mapping

_KNOWN = frozenset(
    """
01252117-d84e-4e92-8308-4be1c098fcbb 05a4c25c-085e-4340-85a3-a5531e510db2 05c60535-1f16-4fd2-b633-f4f36f0b64e0
111b4d65-bc38-49b2-b42c-cde6f6ebd5c0 140a7094-0e35-4892-8432-c4d2e57edeb5 231b7eb2-2afc-4442-b178-5ffdf5851e7c
28a0092b-c50c-407e-a947-70e740481c1c 2946ed86-a175-432a-8ac1-64e0c546d7de 2f2917ac-eb37-4324-ad4e-5dd8c200bd13
3a4cf648-6aed-40f4-86ff-dc5316d8aed3 3e2802c4-a4d2-4d8b-9148-e3be6c30e623 46be6895-7355-4a93-b00e-2c351335b9c9
470722e0-aacd-4c17-9cdc-17ef765dbc7e 504a1905-f514-4f6f-8877-14c23a59335a 53640926-aad7-44d8-bbd7-cce9431645ec
56b9ec1d-385e-4148-901f-78d8002777c0 63b3bb69-23cf-44e3-9099-c40c66ff867c 64002731-a6b0-56b0-2670-7721b7c09600
725ae2ae-9491-48be-b2b4-4eb974fc3084 747a6164-185a-40dc-8aa5-f01512510d54 7523e5d3-25f3-a5e0-1632-64f254c22452
7626c862-2a13-11e5-b345-feff819cdc9f 78c0d931-6437-407d-a8ee-f0aad7539e65 79f54976-1da5-4618-b147-4cde4b953a38
7e03d99c-dc04-49d9-9315-930204a7b6e9 841e416b-1ef1-43b6-ab56-02d37102cbd5 84589f7e-364e-4c9e-8a38-b11213b215e9
876f7934-8845-4945-9796-88d515c7aa90 909e8e84-426e-40dd-afc4-6f175d3dccd1 91240b29-f687-4f45-9708-019b960494df
9260a510-f301-46a8-8635-f512d64be5f5 962ef5d1-5ca2-4c93-8ef4-dbf5c05439d2 983426d0-5260-488c-9760-48f4b6ac55f4
a2cb5862-8e78-49c6-8d9d-af26e26adb89 a8765ba9-456a-4dab-b4f3-acf838c121de af507438-7753-43e0-b8fc-ac1667ebcbe1
b025f937-c7b1-47d3-b67f-a62eff666e3e b58b0392-4f1f-4190-bb64-5df3571dce5f bbe1a952-aa13-448e-aadc-164f8a28a991
bdbb8cdc-fa1e-496e-a857-3c3f30c029c3 c3380cc4-5d6e-409c-be32-e72d297353cc c572a759-6a51-4108-aa02-dfa0a04fc94b
cce6a557-97bc-4b89-adb6-d9c93caab3df ce6537a1-d6fc-4f65-9d91-7224c49458bb d0ca8ca8-9f24-4464-bf8e-62219dcf47f9
d14903ea-33c4-47f7-8f05-3474c54be107 de250136-89bd-433c-8126-d09ca5730af9 e24cbd2d-13ab-4dff-b60e-2aa8d68aff75
e28ec0ca-f0bb-4c9c-879d-f8772b89e7ac e67621ce-5b39-4880-91fe-76760e9c1902 eb79def2-80b8-43e5-95bd-54cbddf9020c
f7c9ee02-42e1-4005-9d12-6889affd525c fc87aee6-9edd-4a0a-b7fb-166176984837 fce2ad5d-f65c-4fa6-a056-5c36a1767c68
ff2b5ef4-fff2-40b4-be49-f238e27fc236
""".split()
)
_WORDS = frozenset(
    f"http://schemas.microsoft.com/office/{name}" for name in ("mac/excel/2008/main", "drawing/2008/diagram")
)


def unknown(found: Mapping[str, int]) -> int:
    """How many of the extensions ``found``, by URI, are of no known kind."""
    return sum(
        count for uri, count in found.items() if uri.strip("{} ").lower() not in _KNOWN and uri.strip() not in _WORDS
    )
