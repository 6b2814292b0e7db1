"""Beginning a repository of policies: ``template/`` goes into it, ``dot-`` before a name as a dot."""
